package io.holdfast.replication.shard;

import io.holdfast.store.log.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record that is in the log and not yet committed, and who is to be told when it is.
 *
 * @param channel null while a log is replayed: nobody waits
 */
record PendingRecord(
    RangeReplica replica, LogRecord record, @Nullable ReplyChannel channel, long call) {}
