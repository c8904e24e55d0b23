package io.holdfast.replication.chain;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * What a range knows of the roster of its job, beside {@link WorkerClocks}: the version that it has
 * as logged, by which the head admits, and as committed, which is its state.
 */
final class GroupState {
  private static final int FREE = -1;

  /** Below every incarnation that anybody has. */
  private static final int NEVER = Integer.MIN_VALUE;

  private Roster logged = Roster.NONE;
  private Roster committed = Roster.NONE;
  private final Int2ObjectHashMap<List<Roster.Absence>> absences = new Int2ObjectHashMap<>();

  /** By rank: the newest incarnation that was given up, or is about to be, as logged. */
  private final Int2IntHashMap expelled = new Int2IntHashMap(NEVER);

  /** Of those that are coming back: the last seq of the life before. */
  private final TreeMap<Integer, Long> bases = new TreeMap<>();

  /** Clocks that have ended here; never goes back. */
  private int ended;

  /** No clock from this on ends before the pending change is decided. */
  private int hold = FREE;

  Roster roster() {
    return committed;
  }

  Roster logged() {
    return logged;
  }

  void logged(Roster roster) {
    logged = roster;
    expelled.clear();
    for (var absence : roster.absences()) {
      if (absence.lost()) {
        expel(absence.rank(), absence.incarnation());
      }
    }
    if (roster.pending() != null) {
      for (var lost : roster.pending().lost()) {
        expel(lost.rank(), lost.incarnation());
      }
    }
  }

  private void expel(int rank, int incarnation) {
    expelled.put(rank, Math.max(incarnation, expelled.get(rank)));
  }

  void forgetLogged() {
    logged(committed);
  }

  /** Whether an incarnation was given up, or is about to be. */
  boolean isExpelled(int rank, int incarnation) {
    return incarnation <= expelled.get(rank);
  }

  void committed(Roster roster) {
    committed = roster;
    var pending = roster.pending();
    boolean holds = pending != null && pending.holds();
    hold = !holds ? FREE : hold == FREE ? ended : hold;
    absences.clear();
    for (var absence : roster.absences()) {
      absences.computeIfAbsent(absence.rank(), rank -> new ArrayList<>()).add(absence);
    }
  }

  void ended(int clocks) {
    ended = Math.max(ended, clocks);
  }

  int ended() {
    return ended;
  }

  /** Clocks that may be over at the most, for now. */
  int limit() {
    return hold == FREE ? Integer.MAX_VALUE : hold;
  }

  boolean isAbsent(int rank, int clock) {
    var ofRank = absences.get(rank);
    if (ofRank == null) {
      return false;
    }
    for (var absence : ofRank) {
      if (absence.from() <= clock && clock < absence.until()) {
        return true;
      }
    }
    return false;
  }

  /** Whether nobody is absent in any clock, and all ranks that the group has had by then count. */
  boolean allCount(int clock) {
    return absences.isEmpty()
        && committed.growth().stream().allMatch(step -> step.since() <= clock);
  }

  boolean counts(int rank, int clock) {
    return committed.since(rank) <= clock && !isAbsent(rank, clock);
  }

  void base(int rank, long seq) {
    bases.put(rank, seq);
  }

  long base(int rank) {
    return bases.getOrDefault(rank, 0L);
  }

  int encodedBytes() {
    return committed.encodedBytes() + 4 + 4 + 4 + bases.size() * 12;
  }

  void write(ByteBuffer target) {
    committed.write(target);
    target.putInt(ended).putInt(hold).putInt(bases.size());
    bases.forEach((rank, seq) -> target.putInt(rank).putLong(seq));
  }

  static GroupState read(ByteBuffer source) {
    var state = new GroupState();
    var roster = Roster.read(source);
    state.ended = source.getInt();
    state.hold = source.getInt();
    for (int left = source.getInt(); left > 0; left--) {
      state.bases.put(source.getInt(), source.getLong());
    }
    state.committed(roster);
    state.logged(roster);
    return state;
  }
}
