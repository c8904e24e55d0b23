package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.replication.chain.RosterPlan;
import io.holdfast.v1.GroupMember;
import io.holdfast.v1.GroupNow;
import io.holdfast.wire.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the heads of home ranges know of their jobs' workers beside the log: who was heard of when,
 * and who wants to come back. A new head begins with nothing, as if all had been heard of just now.
 * Belongs to the shard's thread.
 */
final class GroupDesk {
  /** Who asked to join and has not asked again for so long does not want it any more. */
  private static final long WISH_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A pause between two looks is a stand-still where it is above this part of lost-after. */
  private static final int LOOKS = 4;

  /** And above this. */
  private static final long STAND_STILL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** How often workers send heartbeats within lost-after, and how far apart at the most. */
  private static final int BEATS = 4;

  private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Map<RangeReplica, Known> groups = new HashMap<>();
  private final List<RosterWaiter> waiters = new ArrayList<>();

  private record RosterWaiter(
      RangeReplica replica, int version, CompletableFuture<RosterAnswer> answer) {}

  private record Heard(int incarnation, int clock, long nanos) {
    Heard at(long later) {
      return new Heard(incarnation, clock, later);
    }
  }

  private static final class Known {
    long since;
    long looked;
    final Map<Integer, Heard> heard = new HashMap<>();
    final Map<Integer, Long> returning = new HashMap<>();
    final Set<Roster.Lost> expelled = new HashSet<>();
    @Nullable GroupPolicy policy; // until it was looked at first
    int wantedSize;
    long wantedAt;

    /** Ranks that were expected when it was last looked. */
    int size;

    Known(long now) {
      since = now;
      looked = now;
    }

    /**
     * Where it was not looked for a while, as the whole node stood still perhaps, nobody was
     * silent. Where lost-after has become shorter, nobody is before it can know.
     */
    void look(GroupPolicy next, long now) {
      var before = policy;
      policy = next;
      long gap = now - looked;
      looked = now;
      if (before == null) {
        return;
      }
      long lostAfter = TimeUnit.MILLISECONDS.toNanos(before.lostAfterMillis());
      if (gap > Math.max(STAND_STILL_NANOS, lostAfter / LOOKS)) {
        since += gap;
        heard.replaceAll((rank, last) -> last.at(last.nanos() + gap));
      }
      if (next.lostAfterMillis() < before.lostAfterMillis()) {
        // It is told with its next word, and has fixed by then when to send the one after that.
        long told = now + 2 * Math.min(MAX_PAUSE_NANOS, lostAfter / BEATS);
        heard.replaceAll((rank, last) -> last.at(Math.max(last.nanos(), told)));
      }
    }
  }

  private Known known(RangeReplica replica, long now) {
    return groups.computeIfAbsent(replica, r -> new Known(now));
  }

  /** This node is its head no more, or it is gone. */
  void forget(RangeReplica replica) {
    groups.remove(replica);
    waiters.removeIf(
        waiter -> {
          boolean of = waiter.replica().equals(replica);
          if (of) {
            waiter
                .answer()
                .completeExceptionally(
                    new HoldfastException(
                        ErrorCode.STALE_EPOCH, "the chain has another head: fetch the map again"));
          }
          return of;
        });
  }

  // ---- joins

  /**
   * Whether a worker may join the group as it is.
   *
   * @throws HoldfastException NOT_READY while all ranges have still to agree on the clock that it
   *     begins with
   */
  void checkJoin(RangeReplica home, int rank, int groupSize, long now) {
    var clocks = home.chain().clocks();
    var roster = clocks.loggedRoster();
    var known = known(home, now);
    int size =
        clocks.groupSizeLogged(); // a smaller group must not begin while a join is on its way
    if (size > 0 && groupSize > size) {
      known.wantedSize = Math.max(known.wantedSize, groupSize);
      known.wantedAt = now;
      throw notReady("the group has " + size + " workers and is to grow to " + groupSize);
    }
    if (roster.isAway(rank) || clocks.hasLeft(rank)) {
      known.returning.put(rank, now);
      throw notReady("rank " + rank + " comes back to its group");
    }
    var pending = roster.pending();
    if (pending != null && pending.lost().stream().anyMatch(lost -> lost.rank() == rank)) {
      throw notReady("rank " + rank + " is just being given up");
    }
    known.returning.remove(rank);
  }

  private static HoldfastException notReady(String what) {
    return new HoldfastException(
        ErrorCode.NOT_READY,
        what + ": all ranges have to agree on the clock first, join again in a moment");
  }

  /**
   * Whoever has joined since the plan was made is not to be given up by it: its incarnation would
   * not be fenced.
   *
   * @throws HoldfastException NOT_READY where somebody has
   */
  static void checkPlan(RangeReplica home, Roster planned) {
    var pending = planned.pending();
    if (pending == null) {
      return;
    }
    var clocks = home.chain().clocks();
    for (var lost : pending.lost()) {
      if (clocks.nextIncarnation(lost.rank()) - 1 != lost.incarnation()) {
        throw new HoldfastException(
            ErrorCode.NOT_READY,
            "rank " + lost.rank() + " has joined again meanwhile: look at the group once more");
      }
    }
  }

  /** A worker has joined, or said otherwise that it lives. */
  void heard(RangeReplica home, int rank, int incarnation, int clock, long now) {
    var known = known(home, now);
    long at = Math.max(now, lastHeard(known, rank)); // which may be later, see Known
    known.heard.put(rank, new Heard(incarnation, clock, at));
  }

  /** Answers a heartbeat. */
  GroupNow heartbeat(RangeReplica home, int rank, Request.Heartbeat heartbeat, long now) {
    if (rank >= 0 && heartbeat.incarnation() != 0) {
      heard(home, rank, heartbeat.incarnation(), heartbeat.clock(), now);
    }
    return describe(home, heartbeat.members(), now);
  }

  /**
   * @throws HoldfastException NOT_READY where it was not looked yet what holds for the job
   */
  GroupNow describe(RangeReplica home, boolean members, long now) {
    var known = known(home, now);
    var policy = known.policy;
    if (policy == null) {
      throw new HoldfastException(
          ErrorCode.NOT_READY, "this head has not looked after its group yet: ask in a moment");
    }
    var clocks = home.chain().clocks();
    var roster = clocks.roster();
    int size = Math.max(clocks.groupSize(), roster.size());
    var group =
        GroupNow.newBuilder()
            .setVersion(roster.version())
            .setSize(size)
            .setLeave(policy.leave())
            .setLostAfterMillis(policy.lostAfterMillis());
    for (int rank = 0; members && rank < size; rank++) {
      group.addMembers(member(home, known, policy, rank, now));
    }
    return group.build();
  }

  private static GroupMember member(
      RangeReplica home, Known known, GroupPolicy policy, int rank, long now) {
    var clocks = home.chain().clocks();
    var roster = clocks.roster();
    var member =
        GroupMember.newBuilder().setRank(rank).setIncarnation(clocks.nextIncarnation(rank) - 1);
    var away = roster.last(rank);
    if (away != null && away.until() == Roster.AWAY) {
      return member
          .setState(away.lost() ? GroupMember.State.LOST : GroupMember.State.LEFT)
          .setClock(away.from())
          .build();
    }
    if (clocks.hasLeft(rank)) {
      return member.setState(GroupMember.State.LEFT).setClock(clocks.clock(rank)).build();
    }
    long silent = Math.max(0, now - lastHeard(known, rank));
    boolean isSilent = silent >= TimeUnit.MILLISECONDS.toNanos(policy.lostAfterMillis());
    var heard = known.heard.get(rank);
    return member
        .setState(
            member.getIncarnation() == 0
                ? GroupMember.State.UNSEEN
                : isSilent ? GroupMember.State.SILENT : GroupMember.State.LIVE)
        .setClock(heard == null ? clocks.clock(rank) : heard.clock())
        .setSilentMillis(TimeUnit.NANOSECONDS.toMillis(silent))
        .build();
  }

  private static long lastHeard(Known known, int rank) {
    var heard = known.heard.get(rank);
    return heard == null ? known.since : heard.nanos();
  }

  // ---- the roster

  /** What is to be done about the group, as far as this head knows. */
  GroupView view(RangeReplica home, GroupPolicy policy, long now) {
    var known = known(home, now);
    known.look(policy, now);
    known.returning.values().removeIf(at -> now - at > WISH_NANOS);
    if (now - known.wantedAt > WISH_NANOS) {
      known.wantedSize = 0;
    }
    var clocks = home.chain().clocks();
    var roster = clocks.roster();
    int size = Math.max(clocks.groupSize(), roster.size());
    for (; known.size < size; known.size++) {
      // Whoever is expected from now on is not silent before.
      known.heard.putIfAbsent(known.size, new Heard(0, clocks.clock(known.size), now));
    }
    var left = new ArrayList<RosterPlan.Left>();
    var lost = new ArrayList<Roster.Lost>();
    long patience = TimeUnit.MILLISECONDS.toNanos(policy.lostAfterMillis());
    for (int rank = 0; rank < size; rank++) {
      int incarnation = clocks.nextIncarnation(rank) - 1;
      var worker = new Roster.Lost(rank, incarnation);
      if (roster.isAway(rank)) {
        // When it is expected again, neither its silence nor what was said of it before counts.
        known.heard.put(rank, new Heard(0, clocks.clock(rank), now));
        known.expelled.remove(worker);
      } else if (clocks.hasLeft(rank)) {
        if (clocks.hasLeftForGood(rank)) { // else its clock is not known yet
          left.add(new RosterPlan.Left(rank, incarnation, clocks.clock(rank)));
        }
      } else if (known.expelled.contains(worker)
          || (policy.leave() && now - lastHeard(known, rank) >= patience)) {
        lost.add(worker);
      }
    }
    return new GroupView(
        roster,
        clocks.loggedRoster().version() == roster.version(),
        size,
        left,
        lost,
        List.copyOf(new TreeSet<>(known.returning.keySet())),
        known.wantedSize);
  }

  /**
   * An operator wants the group to go on without a rank.
   *
   * @throws HoldfastException INVALID_ARGUMENT where the group has no such rank
   */
  void expel(RangeReplica home, int rank, long now) {
    var clocks = home.chain().clocks();
    int size = Math.max(clocks.groupSize(), clocks.roster().size());
    if (rank < 0 || rank >= size) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "the group has the ranks 0 to " + (size - 1) + ", not " + rank);
    }
    known(home, now).expelled.add(new Roster.Lost(rank, clocks.nextIncarnation(rank) - 1));
  }

  /** Is complete when the range has this version of the roster, or a later one, committed. */
  CompletableFuture<RosterAnswer> await(RangeReplica replica, int version) {
    var answer = new CompletableFuture<RosterAnswer>();
    waiters.removeIf(waiter -> waiter.answer().isDone()); // who asked has given up
    waiters.add(new RosterWaiter(replica, version, answer));
    committed(replica);
    return answer;
  }

  /** A version of the roster is committed. */
  void committed(RangeReplica replica) {
    int version = replica.chain().clocks().roster().version();
    waiters.removeIf(
        waiter -> {
          boolean has = waiter.replica().equals(replica) && version >= waiter.version();
          if (has) {
            waiter.answer().complete(replica.rosterAnswer());
          }
          return has;
        });
  }
}
