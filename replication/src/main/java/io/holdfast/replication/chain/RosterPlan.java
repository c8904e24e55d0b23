package io.holdfast.replication.chain;

import io.holdfast.replication.chain.Roster.Absence;
import io.holdfast.replication.chain.Roster.Change;
import io.holdfast.replication.chain.Roster.Growth;
import io.holdfast.replication.chain.Roster.Lost;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a job's roster goes on: pure functions from version to version. */
public final class RosterPlan {
  private RosterPlan() {}

  /** A worker that has left by itself, when it had finished so many clocks everywhere. */
  public record Left(int rank, int incarnation, int clock) {}

  /**
   * The next version, where something is to change; null where nothing is, or a change is pending.
   *
   * @param size ranks that the group has by the joins so far
   * @param left those that have left by themselves; who is away already is passed over
   * @param lost those to be given up, likewise
   * @param returning those that are away, or have left, and want to come back
   * @param wantedSize what the group is to grow to
   */
  public static @Nullable Roster begin(
      Roster now,
      int size,
      Collection<Left> left,
      Collection<Lost> lost,
      Collection<Integer> returning,
      int wantedSize) {
    if (now.pending() != null || size == 0) {
      return null;
    }
    var absences = new ArrayList<>(now.absences());
    for (var worker : left) {
      if (!now.isAway(worker.rank())) {
        absences.add(
            new Absence(worker.rank(), worker.incarnation(), worker.clock(), Roster.AWAY, false));
      }
    }
    var growth = now.growth().isEmpty() ? List.of(new Growth(size, 0)) : now.growth();
    var next = new Roster(now.version() + 1, growth, absences, null);
    var change =
        new Change(
            lost.stream().filter(worker -> !next.isAway(worker.rank())).toList(),
            returning.stream().filter(next::isAway).sorted().toList(),
            wantedSize > next.size() ? wantedSize : 0);
    boolean none = change.lost().isEmpty() && !change.holds();
    if (none && absences.size() == now.absences().size()) {
      return null;
    }
    return none ? next : new Roster(next.version(), growth, absences, change);
  }

  /**
   * The version that decides the pending change, once every range has answered to it.
   *
   * @param answers of all ranges of the job; none where it has no tables
   */
  public static Roster settle(Roster now, Collection<RosterAnswer> answers) {
    var change = Objects.requireNonNull(now.pending(), "nothing is to be decided");
    int begin = now.growth().getLast().since();
    int allEnded = Integer.MAX_VALUE;
    for (var answer : answers) {
      begin = Math.max(begin, answer.ended());
      allEnded = Math.min(allEnded, answer.ended());
    }
    var absences = new ArrayList<Absence>();
    for (var absence : now.absences()) {
      boolean last = absence.equals(now.last(absence.rank()));
      if (last && change.returning().contains(absence.rank())) {
        absences.add(back(absence, begin));
      } else if (last || absence.until() > allEnded) {
        absences.add(absence);
      }
    }
    for (int i = 0; i < change.lost().size(); i++) {
      var lost = change.lost().get(i);
      int clock = firstClock(now, lost.rank());
      for (var answer : answers) {
        clock = Math.max(clock, answer.clocks().get(i));
      }
      absences.add(new Absence(lost.rank(), lost.incarnation(), clock, Roster.AWAY, true));
    }
    var growth = new ArrayList<>(now.growth());
    if (change.size() > 0) {
      growth.add(new Growth(change.size(), begin));
    }
    return new Roster(now.version() + 1, growth, absences, null);
  }

  /** Later than when it went, so that what it saved before is older than its return. */
  private static Absence back(Absence absence, int begin) {
    return new Absence(
        absence.rank(),
        absence.incarnation(),
        absence.from(),
        Math.max(begin, absence.from() + 1),
        absence.lost());
  }

  /** It has counted up to there at the least, wherever it was not heard of. */
  private static int firstClock(Roster now, int rank) {
    var last = now.last(rank);
    return last == null ? now.since(rank) : last.until();
  }
}
