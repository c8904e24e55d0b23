package io.holdfast.replication.shard;

import io.holdfast.store.rows.KeyBatch;
import io.holdfast.wire.Request;

/**
 * A pull that waits for clocks, for the worker's own pushes, or for its client to read; a latest
 * one also for what is committed to be applied.
 *
 * @param keys a copy of its own
 * @param committedThen what was committed when it came: a latest pull must see that
 * @param deadlineNanos when it is answered with DEADLINE_EXCEEDED at the latest
 */
record ParkedRequest(
    Request.Pull pull,
    ReplyChannel channel,
    KeyBatch keys,
    long committedThen,
    long deadlineNanos) {}
