package io.holdfast.replication.shard;

import io.holdfast.wire.OutboundReply;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** Small replies of one turn of the shard's loop, sent in one frame per client at its end. */
final class Replies {
  private final IdentityHashMap<ReplyChannel, List<OutboundReply>> byChannel =
      new IdentityHashMap<>();

  void add(ReplyChannel channel, OutboundReply reply) {
    byChannel.computeIfAbsent(channel, c -> new ArrayList<>()).add(reply);
  }

  void send() {
    if (!byChannel.isEmpty()) {
      byChannel.forEach(ReplyChannel::send);
      byChannel.clear();
    }
  }
}
