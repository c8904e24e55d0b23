/**
 * Streams between the nodes of a cluster: {@code holdfast.v1.Replication} over gRPC, one stream for
 * each pair of nodes.
 *
 * <p>Frames are read on the transport's event loops and handed to the shards there; they are sent
 * by the shards' threads. Nothing waits: who sends asks first whether the stream is ready, who
 * receives gives credit back by letting go of the frame. Whether a node is dead is not decided
 * here, only what was seen of it is told.
 */
@NullMarked
package io.holdfast.replication.peer;

import org.jspecify.annotations.NullMarked;
