package io.holdfast.replication.shard;

import io.holdfast.wire.Request;

/**
 * A request on its way to the shard that owns its range.
 *
 * @param request what is asked
 * @param lease its frame, to be given back once its bytes are no longer needed
 * @param channel where the answer goes
 */
public record ShardRequest(Request request, FrameLease lease, ReplyChannel channel) {
  ShardRequest with(Request changed) {
    return new ShardRequest(changed, lease, channel);
  }
}
