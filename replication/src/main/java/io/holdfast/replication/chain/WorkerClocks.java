package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
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

  /** Incarnations that a worker may have had between a snapshot and its restore, at the most. */
  private static final int GENERATION = 1 << 16;

  private final ClockTable committed = new ClockTable();
  private final PendingClocks logged = new PendingClocks();
  private final ClockSpan span = new ClockSpan();
  private GroupState group = new GroupState();
  private int groupSize;
  private int groupSizeLogged; // of joins that are not committed; 0: of none
  private int leavers;
  private int minClock;

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

  private Admission.@Nullable Refuse fence(long life, int rank, int incarnation) {
    if (group.isExpelled(rank, incarnation)) {
      return new Admission.Refuse(
          ErrorCode.EXPELLED,
          "incarnation "
              + incarnation
              + " of rank "
              + rank
              + " was given up, as it was not heard of or an operator said so, and the others go on"
              + " without it: join again, which gives a new incarnation");
    }
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

  /** Whether an incarnation was given up, or has left, and is no worker any more. */
  public boolean isGone(int rank, int incarnation) {
    var last = group.logged().last(rank);
    return group.isExpelled(rank, incarnation)
        || (last != null && last.until() == Roster.AWAY && incarnation <= last.incarnation());
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

  public void joinLogged(int rank, int incarnation, int clock, int announcedGroup) {
    groupSizeLogged = Math.max(groupSizeLogged, announcedGroup);
    int at = logged.find(rank);
    long before = lifeLogged(at, rank);
    // An outsider's entry goes when its leaving commits, its seq with it.
    boolean isForgotten = rank < 0 && Life.hasLeft(before);
    long life = Life.of(incarnation, Math.max(Life.clock(before), clock), false);
    log(at, rank, isForgotten ? 0 : seqLogged(at, rank), life);
  }

  /** Of those that are away the incarnations are fenced, and those that come back may join. */
  public void rosterLogged(Roster roster) {
    var before = group.logged();
    group.logged(roster);
    for (var absence : roster.changedSince(before)) {
      int at = logged.find(absence.rank());
      log(
          at,
          absence.rank(),
          seqLogged(at, absence.rank()),
          absent(lifeLogged(at, absence.rank()), absence));
      if (absence.until() == Roster.AWAY) {
        logged.departs(absence.rank());
      }
    }
    for (int rank = 0; rank < roster.size(); rank++) {
      int at = logged.find(rank);
      long life = lifeLogged(at, rank);
      if (life != 0 && Life.clock(life) < roster.since(rank)) {
        log(at, rank, seqLogged(at, rank), Life.withClock(life, roster.since(rank)));
      }
    }
  }

  private static long absent(long life, Roster.Absence absence) {
    boolean away = absence.until() == Roster.AWAY;
    int clock = Math.max(Life.clock(life), away ? absence.from() : absence.until());
    return Life.incarnation(life) <= absence.incarnation()
        ? Life.of(absence.incarnation(), clock, away)
        : Life.withClock(life, clock);
  }

  public void pushLogged(int rank, long seq) {
    int at = logged.find(rank);
    log(at, rank, seq, known(at, rank));
  }

  public void tickLogged(int rank, long seq, int clock) {
    int at = logged.find(rank);
    log(at, rank, seq, Life.withClock(known(at, rank), clock));
  }

  /**
   * @param clock clocks that it has finished: it counts in those
   */
  public void leaveLogged(int rank, int clock) {
    int at = logged.find(rank);
    log(at, rank, seqLogged(at, rank), leaving(known(at, rank), clock));
    logged.departs(rank);
  }

  private static long leaving(long life, int clock) {
    return Life.leaving(Life.withClock(life, Math.max(Life.clock(life), clock)));
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
    group.forgetLogged();
    logged.clear();
    groupSizeLogged = 0;
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
    refresh();
  }

  /**
   * All that a version of the roster changes: who counts from which clock on, and who does not.
   *
   * @param completed clocks of a sequential table that are applied
   */
  public void rosterCommitted(Roster roster, int completed) {
    var before = group.roster();
    group.ended(completed);
    group.committed(roster);
    var pending = roster.pending();
    if (pending != null) {
      pending.returning().forEach(rank -> group.base(rank, seq(rank)));
    }
    for (var absence : roster.changedSince(before)) {
      int at = logged.find(absence.rank());
      known(at, absence.rank());
      if (at >= 0 && absence.until() == Roster.AWAY) {
        logged.departed(at);
      }
      commit(absence.rank(), absent(committed.life(absence.rank()), absence));
    }
    for (int rank = 0; rank < roster.size(); rank++) {
      long life = committed.life(rank);
      if (life != 0 && Life.clock(life) < roster.since(rank)) {
        commit(rank, Life.withClock(life, roster.since(rank)));
      }
    }
    groupSize = Math.max(groupSize, roster.size());
    recount();
  }

  private void commit(int rank, long life) {
    committed.life(rank, life);
    settle(logged.find(rank), committed.seq(rank), life);
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
      int least = span.least();
      span.add(clock);
      forget(Life.clock(before));
      if (span.least() != least) {
        refresh();
      }
    }
  }

  public void leaveCommitted(int rank, int clock) {
    int at = logged.find(rank);
    known(at, rank);
    long before = committed.life(rank);
    long life = leaving(before, clock);
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
    refresh();
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
      measure();
      // Mostly all have just passed a clock, and have done the same things on other ranges.
      committed.join();
    }
  }

  private void measure() {
    span.clear();
    committed.visit(
        (rank, seq, life) -> {
          if (counts(rank, life)) {
            span.add(Life.clock(life));
          }
        });
  }

  private void recount() {
    measure();
    var gone = new int[1];
    committed.visit((rank, seq, life) -> gone[0] += rank >= 0 && Life.hasLeft(life) ? 1 : 0);
    leavers = gone[0];
    refresh();
  }

  private void refresh() {
    minClock =
        span.members() == 0 ? 0 : Math.min(Math.min(span.least(), unjoinedFrom()), group.limit());
    group.ended(minClock);
  }

  /** The clock at which those wait that have not joined yet; none where all have. */
  private int unjoinedFrom() {
    if (span.members() + leavers >= groupSize) {
      return Integer.MAX_VALUE;
    }
    int rank = 0;
    for (var step : group.roster().growth()) {
      for (; rank < step.size(); rank++) {
        if (committed.life(rank) == 0) {
          return step.since();
        }
      }
    }
    return group.limit() == Integer.MAX_VALUE ? 0 : group.limit();
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
    return minClock;
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

  /** Of the workers that count in the last of so many clocks: how many have finished it. */
  public int finished(int clocks) {
    int known = leavers == 0 && group.allCount(clocks - 1) ? span.from(clocks) : -1;
    if (known >= 0) {
      return known;
    }
    var counted = new int[1];
    committed.visit(
        (rank, seq, life) ->
            counted[0] +=
                rank >= 0 && Life.clock(life) >= clocks && group.counts(rank, clocks - 1) ? 1 : 0);
    return counted[0];
  }

  /** Workers that count in a clock, whether or not they have joined or finished it. */
  public int expectedWorkers(int clock) {
    var roster = group.roster();
    int known = roster.size(clock);
    int size = known == 0 ? Math.max(span.members(), roster.size() == 0 ? groupSize : 0) : known;
    if (leavers == 0 && group.allCount(clock)) {
      return size;
    }
    var absent = new int[1];
    committed.visit(
        (rank, seq, life) ->
            absent[0] +=
                rank >= 0
                        && ((Life.hasLeft(life) && Life.clock(life) <= clock)
                            || (roster.since(rank) <= clock && group.isAbsent(rank, clock)))
                    ? 1
                    : 0);
    return size - absent[0];
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

  /** Whether a clock may end, as far as it is not to wait for a change of the group. */
  public boolean mayEnd(int clock) {
    return clock < group.limit();
  }

  /** The roster that counts. */
  public Roster roster() {
    return group.roster();
  }

  /** The roster as of the log's end. */
  public Roster loggedRoster() {
    return group.logged();
  }

  /** What the range says to the version of the roster that it has committed. */
  public RosterAnswer rosterAnswer(int completed) {
    var pending = group.roster().pending();
    return new RosterAnswer(
        group.roster().version(),
        Math.max(group.ended(), completed),
        pending == null
            ? List.of()
            : pending.lost().stream().map(lost -> clock(lost.rank())).toList());
  }

  /** The last seq of the life before an absence: pushes that were not void are at or below it. */
  public long baseSeq(int rank) {
    return group.base(rank);
  }

  /** Ranks of the group, as the joins announced them. */
  public int groupSize() {
    return groupSize;
  }

  /** Ranks of the group as of the log's end, where nothing has grown it since. */
  public int groupSizeLogged() {
    return Math.max(Math.max(groupSize, groupSizeLogged), group.logged().size());
  }

  /** The clock that a rank begins with when it joins here, where it is not a later one. */
  public int firstClock(int rank) {
    var last = group.logged().last(rank);
    int back = last == null || last.until() == Roster.AWAY ? 0 : last.until();
    return Math.max(group.logged().since(rank), back);
  }

  /** Whether it is committed that a rank has left, so that {@link #clock} is where it went. */
  public boolean hasLeftForGood(int rank) {
    return Life.hasLeft(committed.life(rank));
  }

  /** Whether a rank has left, as far as the log goes. */
  public boolean hasLeft(int rank) {
    return Life.hasLeft(lifeLogged(rank));
  }

  /** Ranks that a pull waits for which needs {@code clocks} clocks, as text; at most four. */
  public String behind(int clocks) {
    var behind = new ArrayList<String>();
    int more = 0;
    for (int rank = 0; rank < Math.max(groupSize, group.roster().size()); rank++) {
      long life = committed.life(rank);
      boolean waitsFor =
          life == 0
              ? group.roster().since(rank) < clocks
              : counts(rank, life) && Life.clock(life) < clocks;
      if (waitsFor) {
        more++;
        if (behind.size() < 4) {
          behind.add(
              "rank "
                  + rank
                  + (life == 0
                      ? " (has not joined)"
                      : " (" + Life.clock(life) + " clocks finished)"));
        }
      }
    }
    return String.join(", ", behind) + (more > 4 ? " and " + (more - 4) + " others" : "");
  }

  /** Workers whose joining is committed, outsiders and those that left included. */
  public int size() {
    return committed.size();
  }

  /** All that are known, by rank as a signed number. */
  public List<WorkerEntry> workers() {
    var workers = new ArrayList<WorkerEntry>();
    committed.visit(
        (rank, seq, life) ->
            workers.add(
                new WorkerEntry(
                    rank, Life.incarnation(life), seq, Life.clock(life), Life.hasLeft(life))));
    return workers;
  }

  /**
   * Fences every incarnation that there has been, and those that were given out since (rule P30):
   * each worker's becomes the first of its next generation. What it has pushed, and its clock,
   * stay, so that one that resumes is known by its seqs. Nothing may be pending.
   */
  void beginGeneration() {
    committed.replaceLives(life -> Life.withIncarnation(life, firstOfNextGeneration(life)));
    logged.clear();
  }

  private static int firstOfNextGeneration(long life) {
    return Math.multiplyExact(Life.incarnation(life) / GENERATION + 1, GENERATION);
  }

  /** The committed half; equal clocks give equal bytes. Little-endian. */
  byte[] encode() {
    committed.join();
    var columns = new ClockColumns(size());
    committed.visit(columns::add);
    byte[] workers = columns.encode(groupSize);
    var bytes =
        ByteBuffer.allocate(workers.length + group.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    group.write(bytes.put(workers));
    return bytes.array();
  }

  /**
   * Reads what {@link #encode} wrote; logged and committed are the same then.
   *
   * @param source little-endian
   */
  static WorkerClocks read(ByteBuffer source) {
    var clocks = new WorkerClocks();
    clocks.groupSize = ClockColumns.decode(source, clocks::restore);
    clocks.group = GroupState.read(source);
    clocks.recount();
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
    clocks.recount();
    return clocks;
  }

  private void restore(int rank, long seq, long life) {
    committed.life(rank, life);
    committed.seq(rank, seq);
  }
}
