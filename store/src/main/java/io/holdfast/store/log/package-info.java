/**
 * The log of a shard: records of many ranges in one order, appended by one thread, made durable by
 * another.
 *
 * <p>A record is a header of 64 bytes ({@link io.holdfast.store.log.RecordHeader}) and a payload.
 * Payloads are written straight into the log's memory mapping and read from there: the log is the
 * buffer of pending records, too. What a payload means is not known here.
 */
@NullMarked
package io.holdfast.store.log;

import org.jspecify.annotations.NullMarked;
