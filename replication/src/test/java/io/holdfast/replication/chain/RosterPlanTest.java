package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.replication.chain.Roster.Absence;
import io.holdfast.replication.chain.Roster.Growth;
import io.holdfast.replication.chain.Roster.Lost;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RosterPlanTest {
  private static RosterAnswer says(Roster to, int ended, Integer... clocks) {
    return new RosterAnswer(to.version(), ended, List.of(clocks));
  }

  private static Roster begin(
      Roster now, List<Lost> lost, List<Integer> returning, int wantedSize) {
    return Objects.requireNonNull(RosterPlan.begin(now, 3, List.of(), lost, returning, wantedSize));
  }

  @Test
  void whereNothingIsWantedNothingChanges() {
    assertNull(RosterPlan.begin(Roster.NONE, 3, List.of(), List.of(), List.of(), 3));
    assertNull(RosterPlan.begin(Roster.NONE, 0, List.of(), List.of(), List.of(), 3));
    assertNull(RosterPlan.begin(Roster.NONE, 3, List.of(), List.of(), List.of(1), 0));
  }

  @Test
  void aLostWorkerCountsUpToTheHighestClockThatItFinishedAnywhere() {
    var pending = begin(Roster.NONE, List.of(new Lost(1, 4)), List.of(), 0);
    assertFalse(Objects.requireNonNull(pending.pending()).holds());
    assertNull(RosterPlan.begin(pending, 3, List.of(), List.of(), List.of(), 9));
    var settled = RosterPlan.settle(pending, List.of(says(pending, 2, 5), says(pending, 2, 7)));
    assertEquals(new Absence(1, 4, 7, Roster.AWAY, true), settled.last(1));
    assertTrue(settled.counts(1, 6));
    assertFalse(settled.counts(1, 7));
    assertTrue(settled.isVoid(1, 4, 7));
    assertFalse(settled.isVoid(1, 4, 6));
    assertFalse(settled.isVoid(1, 5, 7));
    assertEquals(List.of(Objects.requireNonNull(settled.last(1))), settled.goneSince(pending));
    assertNull(RosterPlan.begin(settled, 3, List.of(), List.of(new Lost(1, 4)), List.of(), 0));
  }

  @Test
  void whoComesBeginsWhereNoRangeHasEnded() {
    var gone =
        RosterPlan.begin(
            Roster.NONE, 3, List.of(new RosterPlan.Left(2, 1, 4)), List.of(), List.of(), 0);
    assertNotNull(gone);
    assertNull(gone.pending());
    var pending = begin(gone, List.of(), List.of(0, 2), 5);
    var change = Objects.requireNonNull(pending.pending());
    assertTrue(change.holds());
    assertEquals(List.of(2), change.returning());
    var settled = RosterPlan.settle(pending, List.of(says(pending, 9), says(pending, 3)));
    assertEquals(List.of(new Growth(3, 0), new Growth(5, 9)), settled.growth());
    assertEquals(new Absence(2, 1, 4, 9, false), settled.last(2));
    assertTrue(settled.counts(2, 3));
    assertFalse(settled.counts(2, 8));
    assertTrue(settled.counts(2, 9));
    assertFalse(settled.counts(4, 8));
    assertTrue(settled.counts(4, 9));
  }

  @Test
  void whoComesBackIsLaterThanItWas() {
    var gone =
        RosterPlan.begin(
            Roster.NONE, 3, List.of(new RosterPlan.Left(2, 1, 40)), List.of(), List.of(2), 0);
    assertNotNull(gone);
    var settled = RosterPlan.settle(gone, List.of(says(gone, 7)));
    assertEquals(41, Objects.requireNonNull(settled.last(2)).until());
  }

  @Test
  void absencesThatAreOverEverywhereAreForgottenButForTheLastOfEachRank() {
    var now =
        new Roster(
            5,
            List.of(new Growth(3, 0)),
            List.of(
                new Absence(1, 1, 2, 4, true),
                new Absence(1, 2, 6, 8, true),
                new Absence(2, 1, 3, 4, true)),
            new Roster.Change(List.of(), List.of(), 4));
    assertEquals(2, RosterPlan.settle(now, List.of(says(now, 4))).absences().size());
    assertEquals(3, RosterPlan.settle(now, List.of(says(now, 9), says(now, 3))).absences().size());
  }

  @Test
  void aRosterIsReadAsItWasWritten() {
    var roster =
        new Roster(
            7,
            List.of(new Growth(3, 0), new Growth(8, 12)),
            List.of(new Absence(1, 2, 3, Roster.AWAY, true), new Absence(0, 1, 2, 5, false)),
            new Roster.Change(List.of(new Lost(2, 3)), List.of(1), 9));
    assertEquals(roster, Roster.read(ByteBuffer.wrap(roster.encode())));
    assertEquals(Roster.NONE, Roster.read(ByteBuffer.wrap(Roster.NONE.encode())));
  }
}
