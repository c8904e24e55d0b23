package io.holdfast.replication.shard;

/** Who is to be told when a record is committed. */
record Waiter(long lsn, ReplyChannel channel, long call) {}
