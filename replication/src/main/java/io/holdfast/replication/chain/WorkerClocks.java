package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A range's vector clock, which is its duplicate table too: for each worker its incarnation, the
 * last seq that the range has and the clocks it has finished (rules P10-P14; Li et al., OSDI '14,
 * section 4.3).
 *
 * <p>There are two halves: what is <em>logged</em>, by which the head admits what comes next, and
 * what is <em>committed</em>, which is the range's state: what pulls wait for and checkpoints hold.
 * Records that are dropped before they commit (P20) only ever change the first. It is kept for
 * workers alone in which it differs from the second.
 *
 * <p>The committed half is held once for all ranges of a shard that agree in it (rule P13, {@link
 * #share}).
 */
public final class WorkerClocks {
  /** Ranks from here on belong to callers outside of any worker group; no clock waits for them. */
  public static final int FIRST_OUTSIDER = Integer.MIN_VALUE;

  private final ClockTable committed = new ClockTable();
  private final PendingClocks logged = new PendingClocks();
  private final ClockSpan span = new ClockSpan();
  private int groupSize;
  private int leavers;

  /**
   * Has in common from now on what agrees with other clocks of the same pool, whatever changes in
   * them: worker by worker, in blocks of ranks. All of them belong to one thread.
   */
  public void share(ClockPool pool) {
    committed.share(pool);
  }

  /** Whether a push may be appended. A push belongs to the clock that its worker is in. */
  public Admission admitPush(int rank, int incarnation, long seq, int clock) {
    int pending = logged.find(rank);
    long life = lifeLogged(pending, rank);
    var verdict = admit(life, seqLogged(pending, rank), rank, incarnation, seq);
    if (verdict instanceof Admission.Take && clock < Life.clock(life)) {
      return new Admission.Refuse(
          ErrorCode.INVALID_CLOCK,
          "push for clock "
              + clock
              + " from rank "
              + rank
              + ", which has finished "
              + Life.clock(life)
              + " clocks here");
    }
    return verdict;
  }

  /** Whether a tick may be appended: clocks only grow. */
  public Admission admitTick(int rank, int incarnation, long seq, int clock) {
    int pending = logged.find(rank);
    long life = lifeLogged(pending, rank);
    var verdict = admit(life, seqLogged(pending, rank), rank, incarnation, seq);
    if (verdict instanceof Admission.Take && clock <= Life.clock(life)) {
      return new Admission.Refuse(
          ErrorCode.INVALID_CLOCK,
          "tick to clock "
              + clock
              + " from rank "
              + rank
              + ", which has finished "
              + Life.clock(life)
              + " clocks here");
    }
    return verdict;
  }

  private Admission admit(long life, long loggedSeq, int rank, int incarnation, long seq) {
    var fenced = fence(life, rank, incarnation);
    if (fenced != null) {
      return fenced;
    }
    if (seq > loggedSeq + 1 || seq < 1) {
      return new Admission.Refuse(
          ErrorCode.SEQ_GAP,
          "seq "
              + seq
              + " from rank "
              + rank
              + " does not follow "
              + loggedSeq
              + ": send again from the first that is unanswered");
    }
    if (seq <= loggedSeq) {
      return seq <= committed.seq(rank)
          ? Admission.DUPLICATE_COMMITTED
          : Admission.DUPLICATE_PENDING;
    }
    return Admission.TAKE;
  }

  /** Refuses whoever is not the newest incarnation of a rank that has joined; null where it is. */
  public Admission.@Nullable Refuse fence(int rank, int incarnation) {
    return fence(lifeLogged(rank), rank, incarnation);
  }

  private static Admission.@Nullable Refuse fence(long life, int rank, int incarnation) {
    if (life == 0 || Life.hasLeft(life) || incarnation > Life.incarnation(life)) {
      return new Admission.Refuse(
          ErrorCode.NOT_JOINED,
          "rank " + Integer.toUnsignedString(rank) + " has not joined this range: join first");
    }
    if (incarnation < Life.incarnation(life)) {
      return new Admission.Refuse(
          ErrorCode.STALE_INCARNATION,
          "incarnation "
              + incarnation
              + " of rank "
              + Integer.toUnsignedString(rank)
              + " was replaced by incarnation "
              + Life.incarnation(life)
              + ": only one process may be that worker");
    }
    return null;
  }

  /** The incarnation that a join with none of its own is given: one more than any before. */
  public int nextIncarnation(int rank) {
    return Life.incarnation(lifeLogged(rank)) + 1;
  }

  /** Whether a join is behind what the range has seen of that rank. */
  public boolean isStale(int rank, int incarnation) {
    long life = lifeLogged(rank);
    return life != 0 && incarnation < Life.incarnation(life);
  }

  /** Whether the range has exactly this join already, so that it need not be logged again. */
  public boolean hasJoined(int rank, int incarnation, int clock) {
    long life = committed.life(rank);
    return life != 0
        && !Life.hasLeft(life)
        && !Life.hasLeft(lifeLogged(rank))
        && Life.incarnation(life) == incarnation
        && clock <= Life.clock(life);
  }

  public void joinLogged(int rank, int incarnation, int clock) {
    int at = logged.find(rank);
    long before = lifeLogged(at, rank);
    // An outsider's entry goes when its leaving commits, its seq with it.
    boolean isForgotten = rank < 0 && Life.hasLeft(before);
    long life = Life.of(incarnation, Math.max(Life.clock(before), clock), false);
    log(at, rank, isForgotten ? 0 : seqLogged(at, rank), life);
  }

  public void pushLogged(int rank, long seq) {
    int at = logged.find(rank);
    log(at, rank, seq, known(at, rank));
  }

  public void tickLogged(int rank, long seq, int clock) {
    int at = logged.find(rank);
    log(at, rank, seq, Life.withClock(known(at, rank), clock));
  }

  public void leaveLogged(int rank) {
    int at = logged.find(rank);
    log(at, rank, seqLogged(at, rank), Life.leaving(known(at, rank)));
    logged.departs(rank);
  }

  private void log(int at, int rank, long seq, long life) {
    if (at < 0) {
      logged.add(rank, seq, life);
    } else {
      logged.seq(at, seq);
      logged.life(at, life);
    }
  }

  /** Pending records are dropped: what counts for admission is what is committed (rule P20). */
  public void forgetLogged() {
    logged.clear();
  }

  public void joinCommitted(int rank, int incarnation, int clock, int announcedGroup) {
    int at = logged.find(rank);
    known(at, rank);
    long before = committed.life(rank);
    long life = Life.of(incarnation, Math.max(Life.clock(before), clock), false);
    committed.life(rank, life);
    settle(at, committed.seq(rank), life);
    groupSize = Math.max(groupSize, announcedGroup);
    if (rank >= 0) {
      leavers -= Life.hasLeft(before) ? 1 : 0;
      span.add(Life.clock(life));
    }
    if (counts(rank, before)) {
      forget(Life.clock(before));
    }
  }

  public void pushCommitted(int rank, long seq) {
    int at = logged.find(rank);
    known(at, rank);
    committed.seq(rank, seq);
    if (at >= 0 && logged.seq(at) == seq) {
      settle(at, seq, committed.life(rank));
    }
  }

  public void tickCommitted(int rank, long seq, int clock) {
    int at = logged.find(rank);
    known(at, rank);
    long before = committed.life(rank);
    long life = Life.withClock(before, clock);
    committed.seq(rank, seq);
    committed.life(rank, life);
    settle(at, seq, life);
    if (counts(rank, before)) {
      span.add(clock);
      forget(Life.clock(before));
    }
  }

  public void leaveCommitted(int rank) {
    int at = logged.find(rank);
    known(at, rank);
    long before = committed.life(rank);
    long life = Life.leaving(before);
    if (at >= 0) {
      logged.departed(at);
    }
    if (rank < 0) {
      committed.remove(rank); // Outsiders' ranks are drawn at random and never come back.
      if (at >= 0 && Life.hasLeft(logged.life(at)) && !logged.hasDepartures(at)) {
        logged.remove(at);
      }
      return;
    }
    committed.life(rank, life);
    settle(at, committed.seq(rank), life);
    if (counts(rank, before)) {
      leavers++;
      forget(Life.clock(before));
    }
  }

  // The log may say no more of the worker now than is committed.
  private void settle(int at, long seq, long life) {
    if (at >= 0 && logged.seq(at) == seq && logged.life(at) == life && !logged.hasDepartures(at)) {
      logged.remove(at);
    }
  }

  private static boolean counts(int rank, long life) {
    return rank >= 0 && life != 0 && !Life.hasLeft(life);
  }

  /** A clock that a member was at does not count any more. */
  private void forget(int clock) {
    if (span.remove(clock)) {
      span.clear();
      committed.visit(
          (rank, seq, life) -> {
            if (counts(rank, life)) {
              span.add(Life.clock(life));
            }
          });
      // Mostly all have just passed a clock, and have done the same things on other ranges.
      committed.join();
    }
  }

  private long lifeLogged(int rank) {
    return lifeLogged(logged.find(rank), rank);
  }

  private long lifeLogged(int at, int rank) {
    return at < 0 ? committed.life(rank) : logged.life(at);
  }

  private long seqLogged(int at, int rank) {
    return at < 0 ? committed.seq(rank) : logged.seq(at);
  }

  private long known(int at, int rank) {
    long life = lifeLogged(at, rank);
    if (life == 0) {
      throw new IllegalStateException("rank " + rank + " is in no record before");
    }
    return life;
  }

  /** Clocks that every worker of the group has finished; 0 while some of them have not joined. */
  public int minClock() {
    return span.members() + leavers < groupSize ? 0 : span.least();
  }

  /** Clocks that the fastest worker has finished. */
  public int maxClock() {
    return span.most();
  }

  /** Clocks that the {@code rank}'s worker has finished, committed. */
  public int clock(int rank) {
    return Life.clock(committed.life(rank));
  }

  /** Last committed seq of a rank. */
  public long seq(int rank) {
    return committed.seq(rank);
  }

  /** Last logged seq of a rank: what a join is told. */
  public long loggedSeq(int rank) {
    return seqLogged(logged.find(rank), rank);
  }

  /** How many workers of the group have finished at least {@code clocks} clocks. */
  public int finished(int clocks) {
    int known = span.from(clocks);
    if (known >= 0) {
      return known;
    }
    var counted = new int[1];
    committed.visit(
        (rank, seq, life) ->
            counted[0] += counts(rank, life) && Life.clock(life) >= clocks ? 1 : 0);
    return counted[0];
  }

  /** How many workers have finished at least {@code clocks} clocks, those that left since too. */
  public int everFinished(int clocks) {
    if (leavers == 0) {
      return finished(clocks);
    }
    var counted = new int[1];
    committed.visit(
        (rank, seq, life) ->
            counted[0] += rank >= 0 && life != 0 && Life.clock(life) >= clocks ? 1 : 0);
    return counted[0];
  }

  /** Whether clocks wait for that rank's worker, and it has not finished so many. */
  public boolean isBehind(int rank, int clocks) {
    long life = committed.life(rank);
    return counts(rank, life) && Life.clock(life) < clocks;
  }

  /** Workers that clocks wait for: the announced group less those that left. */
  public int expectedWorkers() {
    return Math.max(span.members(), groupSize - leavers);
  }

  /** Workers whose joining is committed, outsiders and those that left included. */
  public int size() {
    return committed.size();
  }

  /** The committed half; equal clocks give equal bytes. */
  byte[] encode() {
    committed.join();
    var columns = new ClockColumns(size());
    committed.visit(columns::add);
    return columns.encode(groupSize);
  }

  /** Reads what {@link #encode} wrote; logged and committed are the same then. */
  static WorkerClocks read(ByteBuffer source) {
    var clocks = new WorkerClocks();
    clocks.groupSize = ClockColumns.decode(source, clocks::restore);
    return clocks;
  }

  /** Reads 21 bytes for each worker, as range metadata of format 2 have them. */
  static WorkerClocks readFormat2(ByteBuffer source) {
    var clocks = new WorkerClocks();
    clocks.groupSize = source.getInt();
    int count = source.getInt();
    for (int i = 0; i < count; i++) {
      int rank = source.getInt();
      int incarnation = source.getInt();
      long seq = source.getLong();
      clocks.restore(rank, seq, Life.of(incarnation, source.getInt(), source.get() != 0));
    }
    return clocks;
  }

  private void restore(int rank, long seq, long life) {
    committed.life(rank, life);
    committed.seq(rank, seq);
    if (counts(rank, life)) {
      span.add(Life.clock(life));
    } else if (rank >= 0) {
      leavers++;
    }
  }
}
