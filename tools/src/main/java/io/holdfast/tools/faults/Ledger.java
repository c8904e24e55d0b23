package io.holdfast.tools.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What was pushed and what became of it, counter by counter. Any thread may write; a counter is
 * written by one worker's callbacks.
 */
final class Ledger {
  /** Ends of clocks that are remembered: more than any pull may be behind. */
  private static final int REMEMBERED = 16;

  /** Stale pulls that are described; the others are like them. */
  private static final int DESCRIBED = 20;

  private final Counters counters;
  private final AtomicLongArray made;
  private final AtomicLongArray acknowledged;
  private final AtomicLongArray unanswered;
  private final AtomicLongArray lostBefore;
  private final AtomicLongArray twiceBefore;
  private final Map<Integer, Map<Integer, long[]>> clockEnds = new ConcurrentHashMap<>();
  private final LongAdder acknowledgedPushes = new LongAdder();
  private final LongAdder unansweredPushes = new LongAdder();
  private final AtomicLong stale = new AtomicLong();
  private final Queue<String> findings = new ConcurrentLinkedQueue<>();

  Ledger(Counters counters) {
    this.counters = counters;
    made = new AtomicLongArray(counters.rows());
    acknowledged = new AtomicLongArray(counters.rows());
    unanswered = new AtomicLongArray(counters.rows());
    lostBefore = new AtomicLongArray(counters.rows());
    twiceBefore = new AtomicLongArray(counters.rows());
    for (int worker = 0; worker < counters.workers(); worker++) {
      clockEnds.put(worker, new ConcurrentHashMap<>());
    }
  }

  /** A push is about to be made. */
  void made(int key) {
    made.incrementAndGet(key);
  }

  void acknowledged(int key) {
    acknowledged.incrementAndGet(key);
    acknowledgedPushes.increment();
  }

  /** The push may be in or not. */
  void unanswered(int key) {
    unanswered.incrementAndGet(key);
    unansweredPushes.increment();
  }

  long acknowledgedPushes() {
    return acknowledgedPushes.sum();
  }

  long unansweredPushes() {
    return unansweredPushes.sum();
  }

  /** Pulls that did not have what they promise, so far. */
  long stalePulls() {
    return stale.get();
  }

  /**
   * The worker is about to end a clock: all that it has made so far belongs to it.
   *
   * @param clock the number of clocks that it will have finished
   */
  void clockEnds(int worker, int clock) {
    Map<Integer, long[]> ends = ends(worker);
    ends.put(clock, madeBy(worker));
    ends.remove(clock - REMEMBERED);
  }

  /** The worker has joined again with this clock, which its last life may have ended or not. */
  void joined(int worker, int clock) {
    ends(worker).computeIfAbsent(clock, none -> new long[counters.rows()]);
  }

  private Map<Integer, long[]> ends(int worker) {
    Map<Integer, long[]> ends = clockEnds.get(worker);
    if (ends == null) {
      throw new IllegalArgumentException("no worker " + worker);
    }
    return ends;
  }

  private long[] madeBy(int worker) {
    return IntStream.range(0, counters.rows())
        .mapToLong(key -> counters.worker(key) == worker ? made.get(key) : 0)
        .toArray();
  }

  /** What is acknowledged now, by key: the least that a latest pull that begins now may answer. */
  long[] floor() {
    return IntStream.range(0, counters.rows()).mapToLong(acknowledged::get).toArray();
  }

  /**
   * Judges the answer of a latest pull.
   *
   * @param floor what was acknowledged when it began
   */
  void judgeLatest(long[] keys, long[] values, long[] floor) {
    for (int i = 0; i < keys.length; i++) {
      int key = (int) keys[i];
      if (values[i] < floor[key]) {
        found(
            "a latest pull of counter %d answered %d, %d were acknowledged when it began"
                .formatted(key, values[i], floor[key]));
        return;
      }
    }
  }

  private void found(String finding) {
    if (stale.incrementAndGet() <= DESCRIBED) {
      findings.add(finding);
    }
  }

  /** What is known of the stale pulls that were found since the last time. */
  List<String> findings() {
    List<String> taken = new ArrayList<>();
    for (String one = findings.poll(); one != null; one = findings.poll()) {
      taken.add(one);
    }
    return taken;
  }

  /**
   * Judges the answer of a worker's pull of a bounded table: every push that the others made in
   * their first {@code clock - staleness} clocks must be in, and all of its own that were
   * acknowledged.
   *
   * @param clock clocks that the worker had finished when it began
   * @param floor what was acknowledged when it began
   */
  void judgeBounded(int worker, int clock, long[] keys, long[] values, long[] floor) {
    int needed = clock - counters.staleness();
    for (int i = 0; i < keys.length; i++) {
      int key = (int) keys[i];
      int of = counters.worker(key);
      long least = of == worker ? floor[key] : leastAfter(of, key, needed);
      if (values[i] < least) {
        found(
            "a pull of worker %d at clock %d answered %d for counter %d of worker %d, it needs %s"
                .formatted(
                    worker,
                    clock,
                    values[i],
                    key,
                    of,
                    least == Long.MAX_VALUE ? "a clock that has not ended" : "at least " + least));
        return;
      }
    }
  }

  /** What a counter holds at least when its worker has ended so many clocks. */
  private long leastAfter(int worker, int key, int clocks) {
    if (clocks <= 0) {
      return 0;
    }
    long @Nullable [] end = ends(worker).get(clocks);
    if (end == null) {
      // Not ended yet: the pull was answered too early. Or forgotten, when much came after it.
      boolean forgotten = ends(worker).keySet().stream().anyMatch(known -> known > clocks);
      return forgotten ? 0 : Long.MAX_VALUE;
    }
    return end[key] - unanswered.get(key);
  }

  /** Pushes that are missing or in twice, found since the last time. */
  record Wrong(long lost, long twice) {}

  /** Compares the counters, read while nothing is in flight, with what they must be. */
  Wrong reconcile(long[] values) {
    long lost = 0;
    long twice = 0;
    for (int key = 0; key < values.length; key++) {
      long missing = Math.max(0, acknowledged.get(key) - values[key]);
      long surplus = Math.max(0, values[key] - acknowledged.get(key) - unanswered.get(key));
      lost += Math.max(0, missing - lostBefore.getAndSet(key, missing));
      twice += Math.max(0, surplus - twiceBefore.getAndSet(key, surplus));
    }
    return new Wrong(lost, twice);
  }
}
