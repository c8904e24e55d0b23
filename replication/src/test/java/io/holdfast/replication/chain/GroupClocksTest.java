package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.replication.chain.Roster.Lost;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What versions of the roster do to a range's clocks. */
class GroupClocksTest {
  private WorkerClocks clocks = new WorkerClocks();
  private final long[] seqs = new long[8];

  @BeforeEach
  void threeWorkers() {
    for (int rank = 0; rank < 3; rank++) {
      join(rank, 1, 0, 3);
    }
  }

  private void join(int rank, int incarnation, int clock, int group) {
    clocks.joinLogged(rank, incarnation, clock, group);
    clocks.joinCommitted(rank, incarnation, clock, group);
  }

  private void tick(int rank, int clock) {
    clocks.tickLogged(rank, ++seqs[rank], clock);
    clocks.tickCommitted(rank, seqs[rank], clock);
  }

  private Roster take(Roster roster) {
    clocks.rosterLogged(roster);
    clocks.rosterCommitted(roster, 0);
    return roster;
  }

  private Roster begin(List<Lost> lost, List<Integer> returning, int size) {
    return take(
        Objects.requireNonNull(
            RosterPlan.begin(clocks.roster(), 3, List.of(), lost, returning, size)));
  }

  private Roster settle(RosterAnswer... elsewhere) {
    var answers = new java.util.ArrayList<>(List.of(elsewhere));
    answers.add(clocks.rosterAnswer(0));
    return take(RosterPlan.settle(clocks.roster(), answers));
  }

  private RosterAnswer elsewhere(int ended, Integer... lost) {
    return new RosterAnswer(clocks.roster().version(), ended, List.of(lost));
  }

  private static void refused(ErrorCode code, Admission.@Nullable Refuse refuse) {
    assertEquals(code, Objects.requireNonNull(refuse).code());
  }

  @Test
  void whoIsToBeGivenUpIsFencedAtOnceAndWaitedForNoMoreAfterwards() {
    tick(0, 1);
    tick(0, 2);
    tick(2, 1);
    tick(2, 2);
    begin(List.of(new Lost(1, 1)), List.of(), 0);
    var refusal = clocks.admitTick(1, 1, 1, 1);
    assertEquals(ErrorCode.EXPELLED, assertInstanceOf(Admission.Refuse.class, refusal).code());
    assertTrue(clocks.isGone(1, 1));
    assertEquals(0, clocks.minClock());
    settle(elsewhere(0, 1)); // another range has its first tick
    assertEquals(2, clocks.minClock());
    assertEquals(1, clocks.clock(1));
    assertEquals(3, clocks.expectedWorkers(0));
    assertEquals(3, clocks.finished(1));
    assertEquals(2, clocks.expectedWorkers(1));
    assertEquals(2, clocks.finished(2));
    refused(ErrorCode.EXPELLED, clocks.fence(1, 1));
    refused(ErrorCode.NOT_JOINED, clocks.fence(1, 2));
  }

  @Test
  void nothingEndsWhileTheClockOfANewcomerIsAgreedOn() {
    for (int rank = 0; rank < 3; rank++) {
      tick(rank, 1);
    }
    begin(List.of(), List.of(), 4);
    for (int rank = 0; rank < 3; rank++) {
      tick(rank, 2);
      tick(rank, 3);
    }
    assertEquals(1, clocks.minClock());
    assertFalse(clocks.mayEnd(1));
    settle(elsewhere(2));
    assertEquals(2, clocks.minClock()); // it has not joined, and counts from the third clock on
    assertTrue(clocks.mayEnd(1));
    assertEquals(3, clocks.expectedWorkers(1));
    assertEquals(4, clocks.expectedWorkers(2));
    assertEquals(2, clocks.firstClock(3));
    join(3, 1, 2, 4);
    assertEquals(2, clocks.minClock());
    tick(3, 3);
    assertEquals(3, clocks.minClock());
  }

  @Test
  void whoComesBackGoesOnBehindItsLastLife() {
    tick(1, 1);
    begin(List.of(new Lost(1, 1)), List.of(), 0);
    settle();
    assertEquals(0, clocks.baseSeq(1));
    begin(List.of(), List.of(1), 0);
    assertEquals(1, clocks.baseSeq(1));
    settle(elsewhere(6));
    assertEquals(6, clocks.clock(1));
    assertEquals(6, clocks.firstClock(1));
    refused(ErrorCode.EXPELLED, clocks.fence(1, 1));
    join(1, 2, 6, 3);
    assertNull(clocks.fence(1, 2));
    assertEquals(0, clocks.minClock());
    assertEquals(2, clocks.expectedWorkers(5));
    assertEquals(3, clocks.expectedWorkers(6));
  }

  @Test
  void aRosterThatIsDroppedWithTheLogFencesNobody() {
    var pending =
        Objects.requireNonNull(
            RosterPlan.begin(Roster.NONE, 3, List.of(), List.of(new Lost(1, 1)), List.of(), 0));
    clocks.rosterLogged(pending);
    refused(ErrorCode.EXPELLED, clocks.fence(1, 1));
    clocks.forgetLogged();
    assertNull(clocks.fence(1, 1));
    assertEquals(0, clocks.loggedRoster().version());
  }

  @Test
  void allOfItIsReadAsItWasWritten() {
    tick(1, 1);
    begin(List.of(new Lost(1, 1)), List.of(), 0);
    settle();
    begin(List.of(), List.of(1), 5);
    var bytes = ByteBuffer.wrap(clocks.encode()).order(ByteOrder.LITTLE_ENDIAN);
    clocks = WorkerClocks.read(bytes);
    assertEquals(0, bytes.remaining());
    assertEquals(2 + 1, clocks.roster().version());
    refused(ErrorCode.EXPELLED, clocks.fence(1, 1));
    assertFalse(clocks.mayEnd(0));
    assertEquals(1, clocks.baseSeq(1));
    assertEquals(bytes.rewind(), ByteBuffer.wrap(clocks.encode()));
  }

  @Test
  void whoIsBehindIsNamed() {
    tick(0, 1);
    tick(2, 1);
    assertEquals("rank 1 (0 clocks finished)", clocks.behind(1));
    var few = new WorkerClocks();
    few.joinLogged(0, 1, 0, 7);
    few.joinCommitted(0, 1, 0, 7);
    assertEquals(
        "rank 0 (0 clocks finished), rank 1 (has not joined), rank 2 (has not joined), rank 3 (has"
            + " not joined) and 3 others",
        few.behind(1));
  }
}
