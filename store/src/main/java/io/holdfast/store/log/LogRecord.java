package io.holdfast.store.log;

import java.nio.ByteBuffer;

/**
 * A record in the log.
 *
 * @param header the caller's part
 * @param index number of the record in this shard's log, from 1, without a gap
 * @param payload a read-only little-endian view of the log's mapping, position 0 to limit; valid
 *     until {@link ShardLog#release} passes the record's index
 */
public record LogRecord(RecordHeader header, long index, ByteBuffer payload) {}
