package io.holdfast.client.retry;

import io.holdfast.model.HoldfastException;
import io.holdfast.wire.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One incarnation of a worker, or a caller outside any group: its clock, and all the ranges that it
 * deals with.
 */
public final class WorkerLinks {
  private final LinkHost host;
  private final RetryPolicy policy;
  private final boolean anonymous;
  private final PushesByClock pushes = new PushesByClock();
  private final RangeSet home;
  // By table id, in the order of opening.
  private final Map<Integer, RangeSet> tables = new LinkedHashMap<>();
  private volatile int incarnation;
  private volatile int clock;
  private boolean ticked;
  private boolean again;
  private @Nullable Map<Integer, Long> replayed;
  private @Nullable HoldfastException dead;
  private volatile boolean damaged;
  private boolean inStep;

  /**
   * @param anonymous outside any group: it counts in no clock
   * @param home the job's home range
   */
  public WorkerLinks(LinkHost host, RetryPolicy policy, boolean anonymous, Route home) {
    this.host = host;
    this.policy = policy;
    this.anonymous = anonymous;
    this.home = new RangeSet(this, List.of(home));
  }

  LinkHost host() {
    return host;
  }

  RetryPolicy policy() {
    return policy;
  }

  public boolean isAnonymous() {
    return anonymous;
  }

  /** 0 until {@link #begin}. Any thread. */
  public int incarnation() {
    return incarnation;
  }

  /** Clocks finished. Any thread. */
  public int clock() {
    return clock;
  }

  /** Whether some range takes no more pushes of this incarnation. Any thread. */
  public boolean isDamaged() {
    return damaged;
  }

  /**
   * From now on a tick is sent, with all behind it, once every push before it has its answer, on
   * every range. So where some range has ended a clock, all have this worker's pushes of it: if the
   * worker is lost and another life makes the clock's pushes again, those are duplicates, or all of
   * them are computed from the same rows as before. Where a push was lost, no tick is sent any
   * more.
   */
  public void keepInStep() {
    inStep = true;
  }

  PushesByClock pushes() {
    return pushes;
  }

  boolean holdsBack(RangeCall.Sequenced call) {
    return inStep && (damaged || pushes.hasOlderThan(call.clock));
  }

  void pushEnded() {
    if (pushes.tookStep() && inStep) {
      links().forEach(RangeLink::stepped);
    }
  }

  void markDamaged() {
    damaged = true;
  }

  /**
   * @throws HoldfastException why there is no more to be done as this incarnation
   */
  public void checkAlive() {
    if (dead != null) {
      throw dead;
    }
  }

  public RangeSet home() {
    return home;
  }

  /** The ranges of a table, the same however often it is opened. */
  public RangeSet open(int table, List<Route> routes) {
    checkAlive();
    return tables.computeIfAbsent(table, opened -> new RangeSet(this, routes));
  }

  /** Of all tables that are open, and the home range. */
  public List<RangeSet> sets() {
    var all = new ArrayList<>(tables.values());
    all.add(home);
    return all;
  }

  /**
   * The home range has given the incarnation.
   *
   * @param from the seq reached in each unit at the save that the worker resumes from, by the
   *     unit's id; pushes are numbered from there again (P14). Null where it does not resume, and
   *     goes on behind what its rank has pushed.
   */
  public void begin(Reply.Joined joined, int resumedClock, @Nullable Map<Integer, Long> from) {
    incarnation = joined.incarnation();
    clock = resumedClock;
    replayed = from == null ? null : Map.copyOf(from);
    home.links().get(0).standing().joinedAt(joined.lastSeq(), joined.lastSeq());
  }

  /**
   * The rank was away, or has come to a group that was running, and nothing is saved since: it goes
   * on at the home range's clock, on each range behind the last seq of its life before.
   */
  public void beginAgain(Reply.Joined joined) {
    begin(joined, joined.clock(), Map.of());
    again = true;
  }

  /** The unit that numbers the pushes of a range when the worker begins on it. */
  int unitOf(Route route) {
    if (again
        || replayed == null
        || replayed.containsKey(route.range())
        || route.ancestors().isEmpty()) {
      return route.range();
    }
    int unit = route.ancestors().get(0); // where nothing was saved, all is numbered from the start
    for (int ancestor : route.ancestors()) {
      unit = replayed.containsKey(ancestor) ? ancestor : unit;
    }
    return unit;
  }

  /** Sends a call; it fails through its outcome where that cannot be. */
  public void submit(RangeUnit unit, RangeCall call) {
    try {
      checkAlive();
      unit.submit(call);
    } catch (HoldfastException e) {
      call.fail(e);
    }
  }

  /** Sends a call to one range, a sequenced one to all that are numbered with it. */
  public void submit(RangeLink link, RangeCall call) {
    if (call.isSequenced()) {
      submit(link.unit(), call);
      return;
    }
    try {
      checkAlive();
      link.submit(call);
    } catch (HoldfastException e) {
      call.fail(e);
    }
  }

  /**
   * Ends the clock: a tick to every range joined, behind what was submitted before. What is
   * submitted after this carries the next clock.
   */
  public void tick(Supplier<Outcome> outcomes, long deadlineNanos) {
    checkAlive();
    int finished = clock + 1; // only ever changed under the lock
    clock = finished;
    ticked = true;
    for (RangeUnit unit : joinedUnits()) {
      submit(unit, new TickCall(outcomes.get(), deadlineNanos));
    }
  }

  /**
   * As {@link #tick}, of a clock whose state will be saved by a {@link RangeCall.Save}. Where units
   * end with it, what is pushed there waits for that.
   *
   * @return the seq reached in each unit, as it is to be saved; of tables that are not open, what
   *     the worker resumed from
   */
  public Map<Integer, Long> tickToSave(Supplier<Outcome> outcomes, long deadlineNanos) {
    tick(outcomes, deadlineNanos);
    if (!damaged) {
      tables.values().forEach(set -> set.endUnits(clock));
    }
    var seqs = new HashMap<Integer, Long>();
    if (replayed != null) {
      seqs.putAll(replayed);
    }
    List<RangeUnit> units = joinedUnits();
    for (RangeUnit unit : units) {
      unit.links().forEach(link -> seqs.keySet().removeAll(link.route().ancestors()));
    }
    units.forEach(unit -> seqs.put(unit.id(), unit.lastSeq()));
    return seqs;
  }

  private void saved(int savedClock) {
    links().forEach(link -> link.saved(savedClock));
  }

  void notSaved(int savedClock, HoldfastException error) {
    links().forEach(link -> link.notSaved(savedClock, error));
  }

  /** To the home range, which decides it; first. */
  public void leaveHome(Supplier<Outcome> outcomes, long deadlineNanos) {
    if (incarnation != 0) {
      leave(home.units(), outcomes, deadlineNanos);
    }
  }

  /** To every other range joined. */
  public void leaveTables(Supplier<Outcome> outcomes, long deadlineNanos) {
    leave(joinedUnits(), outcomes, deadlineNanos);
  }

  private void leave(List<RangeUnit> units, Supplier<Outcome> outcomes, long deadlineNanos) {
    for (RangeUnit unit : units) {
      submit(unit, new RangeCall.Leave(outcomes.get(), deadlineNanos, incarnation));
    }
  }

  /** The call has its answer; its caller then completes it, after it has let go of the lock. */
  public void answered(RangeCall call, Reply reply) {
    RangeLink link = call.link();
    link.answered(call);
    if (call instanceof RangeCall.Join && reply instanceof Reply.Joined joined && !isHome(link)) {
      long seq = joined.lastSeq();
      if (replayed != null) {
        // P14: what was pushed after the save, or all where nothing was saved, is pushed again.
        seq = replayed.getOrDefault(link.unit().id(), joined.baseSeq());
      } else if (!ticked && !anonymous) {
        clock = Math.max(clock, joined.clock());
      }
      link.standing().joinedAt(seq, joined.lastSeq());
    }
    if (call instanceof RangeCall.Save save && reply instanceof Reply.Saved) {
      saved(save.clock());
    }
  }

  /** A node refused the call. */
  public void refused(RangeCall call, HoldfastException error) {
    call.link().refused(call, error);
  }

  /** No node will ever take the call, for this reason. */
  public void abandoned(RangeCall call, HoldfastException error) {
    call.link().abandon(call, error);
  }

  /** The stream to a node broke: what the host had for it is unanswered, and forgotten there. */
  public void broken(String address) {
    links().forEach(link -> link.broken(address));
  }

  /** The table is gone: ticks do not go there any more. */
  public void drop(RangeSet set, HoldfastException reason) {
    tables.values().remove(set);
    set.links().forEach(link -> link.drop(reason));
  }

  /** All calls fail from now on. */
  public void kill(HoldfastException error) {
    if (dead == null) {
      dead = error;
      damaged = true;
      links().forEach(link -> link.failAll(error));
    }
  }

  /** Gives up calls whose deadline has passed. */
  public void expire() {
    long now = host.nanoTime();
    for (RangeLink link : links()) {
      var late = new ArrayList<RangeCall>();
      for (RangeCall call : link.unanswered()) {
        if (call.deadlineNanos() - now <= 0) {
          late.add(call);
        }
      }
      for (RangeCall call : late) {
        // One that is late takes those behind it along.
        if (link.unanswered().contains(call)) {
          link.expire(call);
        }
      }
    }
  }

  /** Whether nothing is unanswered. */
  public boolean isIdle() {
    return links().stream().allMatch(RangeLink::isIdle);
  }

  private boolean isHome(RangeLink link) {
    return home.links().contains(link);
  }

  private List<RangeUnit> joinedUnits() {
    return tables.values().stream()
        .flatMap(set -> set.units().stream())
        .filter(RangeUnit::isJoined)
        .toList();
  }

  private List<RangeLink> links() {
    return sets().stream().flatMap(set -> set.links().stream()).toList();
  }
}
