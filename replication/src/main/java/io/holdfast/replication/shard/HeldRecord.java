package io.holdfast.replication.shard;

import io.holdfast.store.log.RecordHeader;

/** A forwarded record that waits for room; its frame is kept, so the sender gets no credit. */
record HeldRecord(int from, int epoch, RecordHeader header, FrameLease lease, int at, int length) {}
