package io.holdfast.it.sim;

import io.holdfast.store.log.RecordHeader;

/**
 * A record in a node's log, of any of its ranges, or a note of the node (cut, install).
 *
 * @param index place in the node's log
 * @param op what the payload is: the number of the client's operation, 0 for none, below 0 for
 *     those that the oracle knows under {@link Oracle#combination}
 */
record LogEntry(long index, RecordHeader header, int op) {}
