/**
 * A shard: one thread that owns some ranges of this node, their log and their rows.
 *
 * <p>Data flows one way: a request arrives in the shard's queue with its bytes still in the
 * transport's buffers; the push's bytes are copied once, into the log's mapping, and checked there;
 * when the record is committed it is applied to the rows from that mapping, and answered. Beside
 * the shard's thread there are a syncer, which makes the log durable, and a checkpoint thread,
 * which writes frozen rows; they talk to the shard through its queue and volatile indexes only.
 */
@NullMarked
package io.holdfast.replication.shard;

import org.jspecify.annotations.NullMarked;
