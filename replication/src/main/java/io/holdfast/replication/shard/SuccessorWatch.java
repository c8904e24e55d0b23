package io.holdfast.replication.shard;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells a successor that does not answer from one that is only slow: one whose log has not agreed
 * with ours, or that has not made durable what it was sent, for a whole while (rule P8). Belongs to
 * the shard's thread.
 */
final class SuccessorWatch {
  private record Seen(int epoch, int successor, boolean attached, long durableLsn, long since) {}

  private final long patienceNanos;
  private final Coordination coordination;
  private final Map<RangeReplica, Seen> seen = new HashMap<>();

  SuccessorWatch(long patienceNanos, Coordination coordination) {
    this.patienceNanos = patienceNanos;
    this.coordination = coordination;
  }

  void look(Collection<RangeReplica> replicas, long now) {
    for (var replica : replicas) {
      var chain = replica.chain();
      boolean owes =
          chain.downstream() != 0
              && !chain.isCopying()
              && (!chain.isAttachedDown() || chain.unansweredLsn() > 0);
      if (!owes || !replica.isServing()) {
        seen.remove(replica);
        continue;
      }
      var before = seen.get(replica);
      if (before == null
          || before.epoch() != chain.epoch()
          || before.successor() != chain.downstream()
          || before.attached() != chain.isAttachedDown()
          || before.durableLsn() != chain.downstreamDurable()) {
        seen.put(
            replica,
            new Seen(
                chain.epoch(),
                chain.downstream(),
                chain.isAttachedDown(),
                chain.downstreamDurable(),
                now));
      } else if (now - before.since() > patienceNanos) {
        seen.remove(replica);
        coordination.suspect(replica.range(), chain.epoch(), chain.downstream());
      }
    }
  }

  void forget(RangeReplica replica) {
    seen.remove(replica);
  }
}
