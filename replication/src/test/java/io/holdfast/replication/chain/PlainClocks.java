package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@link WorkerClocks} are, said plainly: an object for each worker with all that is logged
 * and committed of it, and every worker looked at for each answer. The reference that they are held
 * against, and measured beside.
 */
final class PlainClocks {
  /** Ranks from here on belong to callers outside of any worker group; no clock waits for them. */
  public static final int FIRST_OUTSIDER = Integer.MIN_VALUE;

  private static final int ENTRY_BYTES = 4 + 4 + 8 + 4 + 1;

  private static final class Entry {
    final int rank;
    int loggedIncarnation;
    long loggedSeq;
    int loggedClock;
    boolean loggedLeft;
    int incarnation;
    long seq;
    int clock;
    boolean left;
    boolean committed;

    Entry(int rank) {
      this.rank = rank;
    }

    boolean counts() {
      return committed && !left && rank >= 0;
    }
  }

  private final Int2ObjectHashMap<Entry> entries = new Int2ObjectHashMap<>();
  private GroupState group = new GroupState();
  private int groupSize;
  private int loggedGroup;
  private int members;
  private int leavers;
  private int minClock;
  private int atMinClock;
  private int maxClock;

  /** Whether a push may be appended. A push belongs to the clock that its worker is in. */
  public Admission admitPush(int rank, int incarnation, long seq, int clock) {
    var entry = entries.get(rank);
    var verdict = admit(entry, rank, incarnation, seq);
    if (verdict instanceof Admission.Take && entry != null && clock < entry.loggedClock) {
      return new Admission.Refuse(
          ErrorCode.INVALID_CLOCK,
          "push for clock "
              + clock
              + " from rank "
              + rank
              + ", which has finished "
              + entry.loggedClock
              + " clocks here");
    }
    return verdict;
  }

  /** Whether a tick may be appended: clocks only grow. */
  public Admission admitTick(int rank, int incarnation, long seq, int clock) {
    var entry = entries.get(rank);
    var verdict = admit(entry, rank, incarnation, seq);
    if (verdict instanceof Admission.Take && entry != null && clock <= entry.loggedClock) {
      return new Admission.Refuse(
          ErrorCode.INVALID_CLOCK,
          "tick to clock "
              + clock
              + " from rank "
              + rank
              + ", which has finished "
              + entry.loggedClock
              + " clocks here");
    }
    return verdict;
  }

  private Admission admit(@Nullable Entry entry, int rank, int incarnation, long seq) {
    var fenced = fence(entry, rank, incarnation);
    if (fenced != null) {
      return fenced;
    }
    if (entry == null || seq > entry.loggedSeq + 1 || seq < 1) {
      return new Admission.Refuse(
          ErrorCode.SEQ_GAP,
          "seq "
              + seq
              + " from rank "
              + rank
              + " does not follow "
              + (entry == null ? 0 : entry.loggedSeq)
              + ": send again from the first that is unanswered");
    }
    if (seq <= entry.loggedSeq) {
      return seq <= entry.seq ? Admission.DUPLICATE_COMMITTED : Admission.DUPLICATE_PENDING;
    }
    return Admission.TAKE;
  }

  /** Refuses whoever is not the newest incarnation of a rank that has joined; null where it is. */
  public Admission.@Nullable Refuse fence(int rank, int incarnation) {
    return fence(entries.get(rank), rank, incarnation);
  }

  private Admission.@Nullable Refuse fence(@Nullable Entry entry, int rank, int incarnation) {
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
    if (entry == null || entry.loggedLeft || incarnation > entry.loggedIncarnation) {
      return new Admission.Refuse(
          ErrorCode.NOT_JOINED,
          "rank " + Integer.toUnsignedString(rank) + " has not joined this range: join first");
    }
    if (incarnation < entry.loggedIncarnation) {
      return new Admission.Refuse(
          ErrorCode.STALE_INCARNATION,
          "incarnation "
              + incarnation
              + " of rank "
              + Integer.toUnsignedString(rank)
              + " was replaced by incarnation "
              + entry.loggedIncarnation
              + ": only one process may be that worker");
    }
    return null;
  }

  /** The incarnation that a join with none of its own is given: one more than any before. */
  public int nextIncarnation(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 1 : entry.loggedIncarnation + 1;
  }

  /** Whether an incarnation was given up, or has left, and is no worker any more. */
  public boolean isGone(int rank, int incarnation) {
    var last = group.logged().last(rank);
    return group.isExpelled(rank, incarnation)
        || (last != null && last.until() == Roster.AWAY && incarnation <= last.incarnation());
  }

  /** Whether a join is behind what the range has seen of that rank. */
  public boolean isStale(int rank, int incarnation) {
    var entry = entries.get(rank);
    return entry != null && incarnation < entry.loggedIncarnation;
  }

  /** Whether the range has exactly this join already, so that it need not be logged again. */
  public boolean hasJoined(int rank, int incarnation, int clock) {
    var entry = entries.get(rank);
    return entry != null
        && entry.committed
        && !entry.left
        && !entry.loggedLeft
        && entry.incarnation == incarnation
        && clock <= entry.clock;
  }

  public void joinLogged(int rank, int incarnation, int clock, int announcedGroup) {
    loggedGroup = Math.max(loggedGroup, announcedGroup);
    var entry = entries.computeIfAbsent(rank, Entry::new);
    entry.loggedIncarnation = incarnation;
    entry.loggedClock = Math.max(entry.loggedClock, clock);
    entry.loggedLeft = false;
  }

  /** Of those that are away the incarnations are fenced, and those that come back may join. */
  public void rosterLogged(Roster roster) {
    var before = group.logged();
    group.logged(roster);
    for (var absence : roster.changedSince(before)) {
      var entry = entries.computeIfAbsent(absence.rank(), Entry::new);
      boolean away = absence.until() == Roster.AWAY;
      entry.loggedClock = Math.max(entry.loggedClock, away ? absence.from() : absence.until());
      if (entry.loggedIncarnation <= absence.incarnation()) {
        entry.loggedIncarnation = absence.incarnation();
        entry.loggedLeft = away;
      }
    }
    for (var entry : entries.values()) {
      entry.loggedClock = Math.max(entry.loggedClock, roster.since(entry.rank));
    }
  }

  public void pushLogged(int rank, long seq) {
    known(rank).loggedSeq = seq;
  }

  public void tickLogged(int rank, long seq, int clock) {
    var entry = known(rank);
    entry.loggedSeq = seq;
    entry.loggedClock = clock;
  }

  /**
   * @param clock clocks that it has finished: it counts in those
   */
  public void leaveLogged(int rank, int clock) {
    var entry = known(rank);
    entry.loggedLeft = true;
    entry.loggedClock = Math.max(entry.loggedClock, clock);
  }

  /** Pending records are dropped: what counts for admission is what is committed (rule P20). */
  public void forgetLogged() {
    group.forgetLogged();
    loggedGroup = 0;
    entries.values().removeIf(entry -> !entry.committed);
    for (var entry : entries.values()) {
      entry.loggedIncarnation = entry.incarnation;
      entry.loggedSeq = entry.seq;
      entry.loggedClock = entry.clock;
      entry.loggedLeft = entry.left;
    }
  }

  public void joinCommitted(int rank, int incarnation, int clock, int announcedGroup) {
    var entry = known(rank);
    entry.committed = true;
    entry.incarnation = incarnation;
    entry.left = false;
    entry.clock = Math.max(entry.clock, clock);
    groupSize = Math.max(groupSize, announcedGroup);
    recount();
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
    roster.changedSince(before).forEach(absence -> absent(known(absence.rank()), absence));
    for (var entry : entries.values()) {
      entry.clock = Math.max(entry.clock, roster.since(entry.rank));
    }
    groupSize = Math.max(groupSize, roster.size());
    recount();
  }

  private static void absent(Entry entry, Roster.Absence absence) {
    boolean away = absence.until() == Roster.AWAY;
    entry.clock = Math.max(entry.clock, away ? absence.from() : absence.until());
    if (entry.incarnation <= absence.incarnation()) {
      entry.committed = true;
      entry.incarnation = absence.incarnation();
      entry.left = away;
    }
  }

  public void pushCommitted(int rank, long seq) {
    known(rank).seq = seq;
  }

  public void tickCommitted(int rank, long seq, int clock) {
    var entry = known(rank);
    int before = entry.clock;
    entry.seq = seq;
    entry.clock = clock;
    if (entry.counts()) {
      maxClock = Math.max(maxClock, clock);
      // Few ticks move the minimum; only the last worker at it does, and only then all are looked
      // at.
      if (before == minClock && --atMinClock <= 0) {
        recount();
      }
    }
  }

  public void leaveCommitted(int rank, int clock) {
    var entry = known(rank);
    entry.left = true;
    entry.clock = Math.max(entry.clock, clock);
    if (rank < 0) {
      entries.remove(rank); // Outsiders' ranks are drawn at random and never come back.
    }
    recount();
  }

  private Entry known(int rank) {
    var entry = entries.get(rank);
    if (entry == null) {
      throw new IllegalStateException("rank " + rank + " is in no record before");
    }
    return entry;
  }

  private void recount() {
    int least = Integer.MAX_VALUE;
    int most = 0;
    int count = 0;
    members = 0;
    leavers = 0;
    for (var entry : entries.values()) {
      if (entry.counts()) {
        members++;
        most = Math.max(most, entry.clock);
        if (entry.clock < least) {
          least = entry.clock;
          count = 1;
        } else if (entry.clock == least) {
          count++;
        }
      } else if (entry.committed && entry.rank >= 0) {
        leavers++;
      }
    }
    minClock = members == 0 ? 0 : Math.min(Math.min(least, unjoinedFrom()), group.limit());
    group.ended(minClock);
    atMinClock = count;
    maxClock = most;
  }

  /** The clock at which those wait that have not joined yet; none where all have. */
  private int unjoinedFrom() {
    if (members + leavers >= groupSize) {
      return Integer.MAX_VALUE;
    }
    int below = 0;
    for (var step : group.roster().growth()) {
      int unjoined = step.size() - below;
      for (var entry : entries.values()) {
        unjoined -= entry.committed && entry.rank >= below && entry.rank < step.size() ? 1 : 0;
      }
      if (unjoined > 0) {
        return step.since();
      }
      below = step.size();
    }
    return group.limit() == Integer.MAX_VALUE ? 0 : group.limit();
  }

  /** Clocks that every worker of the group has finished; 0 while some of them have not joined. */
  public int minClock() {
    return minClock;
  }

  /** Clocks that the fastest worker has finished. */
  public int maxClock() {
    return maxClock;
  }

  /** Clocks that the {@code rank}'s worker has finished, committed. */
  public int clock(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 0 : entry.clock;
  }

  /** Last committed seq of a rank. */
  public long seq(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 0 : entry.seq;
  }

  /** Last logged seq of a rank: what a join is told. */
  public long loggedSeq(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 0 : entry.loggedSeq;
  }

  /** Of the workers that count in the last of so many clocks: how many have finished it. */
  public int finished(int clocks) {
    int count = 0;
    for (var entry : entries.values()) {
      if (entry.committed
          && entry.rank >= 0
          && entry.clock >= clocks
          && group.counts(entry.rank, clocks - 1)) {
        count++;
      }
    }
    return count;
  }

  /** Workers that count in a clock, whether or not they have joined or finished it. */
  public int expectedWorkers(int clock) {
    int size = Math.max(members, group.roster().size() == 0 ? groupSize : 0);
    int known = group.roster().size(clock);
    size = known == 0 ? size : known;
    for (var entry : entries.values()) {
      if (entry.committed
          && entry.rank >= 0
          && ((entry.left && entry.clock <= clock)
              || (group.roster().since(entry.rank) <= clock
                  && group.isAbsent(entry.rank, clock)))) {
        size--;
      }
    }
    return size;
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

  public int groupSizeLogged() {
    return Math.max(Math.max(groupSize, loggedGroup), group.logged().size());
  }

  /** The clock that a rank begins with when it joins here, where it is not a later one. */
  public int firstClock(int rank) {
    var last = group.logged().last(rank);
    int back = last == null || last.until() == Roster.AWAY ? 0 : last.until();
    return Math.max(group.logged().since(rank), back);
  }

  boolean hasLeftForGood(int rank) {
    var entry = entries.get(rank);
    return entry != null && entry.committed && entry.left;
  }

  /** Whether a rank has left, as far as the log goes. */
  public boolean hasLeft(int rank) {
    var entry = entries.get(rank);
    return entry != null && entry.loggedLeft;
  }

  /** Ranks that a pull waits for which needs {@code clocks} clocks, as text; at most four. */
  public String behind(int clocks) {
    var behind = new ArrayList<String>();
    int more = 0;
    for (int rank = 0; rank < Math.max(groupSize, group.roster().size()); rank++) {
      var entry = entries.get(rank);
      boolean joined = entry != null && entry.committed;
      if (joined ? entry.counts() && entry.clock < clocks : group.roster().since(rank) < clocks) {
        more++;
        if (behind.size() < 4) {
          behind.add(
              "rank "
                  + rank
                  + (joined ? " (" + entry.clock + " clocks finished)" : " (has not joined)"));
        }
      }
    }
    return String.join(", ", behind) + (more > 4 ? " and " + (more - 4) + " others" : "");
  }

  /** Workers that clocks wait for: the announced group less those that left. */
  public int expectedWorkers() {
    return Math.max(members, groupSize - leavers);
  }

  /** Entries held, outsiders included. */
  public int size() {
    return entries.size();
  }

  /** As format 2 has them. */
  void forgetGroup() {
    group = new GroupState();
    recount();
  }

  byte[] groupBytes() {
    var bytes = ByteBuffer.allocate(group.encodedBytes()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    group.write(bytes);
    return bytes.array();
  }

  /** Bytes that {@link #write} needs. */
  int encodedBytes() {
    return 4 + 4 + entries.size() * ENTRY_BYTES + group.encodedBytes();
  }

  /** Writes the committed half, in the order of ranks, so that equal clocks give equal bytes. */
  void write(ByteBuffer target) {
    target.putInt(groupSize);
    int countAt = target.position();
    target.putInt(0);
    int count = 0;
    var ordered = new ArrayList<>(entries.values());
    ordered.sort(Comparator.comparingInt(entry -> entry.rank));
    for (var entry : ordered) {
      if (entry.committed) {
        target.putInt(entry.rank).putInt(entry.incarnation).putLong(entry.seq).putInt(entry.clock);
        target.put((byte) (entry.left ? 1 : 0));
        count++;
      }
    }
    target.putInt(countAt, count);
    group.write(target);
  }

  /** Reads what {@link #write} wrote; logged and committed are the same then. */
  static PlainClocks read(ByteBuffer source) {
    var clocks = new PlainClocks();
    clocks.groupSize = source.getInt();
    int count = source.getInt();
    for (int i = 0; i < count; i++) {
      var entry = new Entry(source.getInt());
      entry.incarnation = source.getInt();
      entry.seq = source.getLong();
      entry.clock = source.getInt();
      entry.left = source.get() != 0;
      entry.committed = true;
      entry.loggedIncarnation = entry.incarnation;
      entry.loggedSeq = entry.seq;
      entry.loggedClock = entry.clock;
      entry.loggedLeft = entry.left;
      clocks.entries.put(entry.rank, entry);
    }
    clocks.group = GroupState.read(source);
    clocks.recount();
    return clocks;
  }
}
