package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Clocks as they were kept at first, an object for each worker of each range: what {@link
 * WorkerClocks} must be equal to, and is measured against.
 */
final class PlainClocks {
  /** Ranks from here on belong to callers outside of any worker group; no clock waits for them. */
  static final int FIRST_OUTSIDER = Integer.MIN_VALUE;

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
  private int groupSize;
  private int members;
  private int leavers;
  private int minClock;
  private int atMinClock;
  private int maxClock;

  /** Whether a push may be appended. A push belongs to the clock that its worker is in. */
  Admission admitPush(int rank, int incarnation, long seq, int clock) {
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
  Admission admitTick(int rank, int incarnation, long seq, int clock) {
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

  private static Admission admit(@Nullable Entry entry, int rank, int incarnation, long seq) {
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
  Admission.@Nullable Refuse fence(int rank, int incarnation) {
    return fence(entries.get(rank), rank, incarnation);
  }

  private static Admission.@Nullable Refuse fence(
      @Nullable Entry entry, int rank, int incarnation) {
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
  int nextIncarnation(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 1 : entry.loggedIncarnation + 1;
  }

  /** Whether a join is behind what the range has seen of that rank. */
  boolean isStale(int rank, int incarnation) {
    var entry = entries.get(rank);
    return entry != null && incarnation < entry.loggedIncarnation;
  }

  /** Whether the range has exactly this join already, so that it need not be logged again. */
  boolean hasJoined(int rank, int incarnation, int clock) {
    var entry = entries.get(rank);
    return entry != null
        && entry.committed
        && !entry.left
        && !entry.loggedLeft
        && entry.incarnation == incarnation
        && clock <= entry.clock;
  }

  void joinLogged(int rank, int incarnation, int clock) {
    var entry = entries.computeIfAbsent(rank, Entry::new);
    entry.loggedIncarnation = incarnation;
    entry.loggedClock = Math.max(entry.loggedClock, clock);
    entry.loggedLeft = false;
  }

  void pushLogged(int rank, long seq) {
    known(rank).loggedSeq = seq;
  }

  void tickLogged(int rank, long seq, int clock) {
    var entry = known(rank);
    entry.loggedSeq = seq;
    entry.loggedClock = clock;
  }

  void leaveLogged(int rank) {
    known(rank).loggedLeft = true;
  }

  /** Pending records are dropped: what counts for admission is what is committed (rule P20). */
  void forgetLogged() {
    entries.values().removeIf(entry -> !entry.committed);
    for (var entry : entries.values()) {
      entry.loggedIncarnation = entry.incarnation;
      entry.loggedSeq = entry.seq;
      entry.loggedClock = entry.clock;
      entry.loggedLeft = entry.left;
    }
  }

  void joinCommitted(int rank, int incarnation, int clock, int announcedGroup) {
    var entry = known(rank);
    boolean counted = entry.counts();
    if (entry.committed && entry.left && rank >= 0) {
      leavers--;
    }
    entry.committed = true;
    entry.incarnation = incarnation;
    entry.left = false;
    entry.clock = Math.max(entry.clock, clock);
    if (!counted && entry.counts()) {
      members++;
    }
    groupSize = Math.max(groupSize, announcedGroup);
    recount();
  }

  void pushCommitted(int rank, long seq) {
    known(rank).seq = seq;
  }

  void tickCommitted(int rank, long seq, int clock) {
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

  void leaveCommitted(int rank) {
    var entry = known(rank);
    if (entry.counts()) {
      members--;
      leavers++;
    }
    entry.left = true;
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
    for (var entry : entries.values()) {
      if (entry.counts()) {
        most = Math.max(most, entry.clock);
        if (entry.clock < least) {
          least = entry.clock;
          count = 1;
        } else if (entry.clock == least) {
          count++;
        }
      }
    }
    minClock = members == 0 || members + leavers < groupSize ? 0 : least;
    atMinClock = count;
    maxClock = most;
  }

  /** Clocks that every worker of the group has finished; 0 while some of them have not joined. */
  int minClock() {
    return minClock;
  }

  /** Clocks that the fastest worker has finished. */
  int maxClock() {
    return maxClock;
  }

  /** Clocks that the {@code rank}'s worker has finished, committed. */
  int clock(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 0 : entry.clock;
  }

  /** Last committed seq of a rank. */
  long seq(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 0 : entry.seq;
  }

  /** Last logged seq of a rank: what a join is told. */
  long loggedSeq(int rank) {
    var entry = entries.get(rank);
    return entry == null ? 0 : entry.loggedSeq;
  }

  /** How many workers of the group have finished at least {@code clocks} clocks. */
  int finished(int clocks) {
    int count = 0;
    for (var entry : entries.values()) {
      if (entry.counts() && entry.clock >= clocks) {
        count++;
      }
    }
    return count;
  }

  /** Workers that clocks wait for: the announced group less those that left. */
  int expectedWorkers() {
    return Math.max(members, groupSize - leavers);
  }

  /** Entries held, outsiders included. */
  int size() {
    return entries.size();
  }

  /** Bytes that {@link #write} needs. */
  int encodedBytes() {
    return 4 + 4 + entries.size() * ENTRY_BYTES;
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
      if (entry.counts()) {
        clocks.members++;
      } else if (entry.rank >= 0) {
        clocks.leavers++;
      }
    }
    clocks.recount();
    return clocks;
  }
}
