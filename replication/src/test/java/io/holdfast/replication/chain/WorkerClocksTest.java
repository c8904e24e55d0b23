package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class WorkerClocksTest {
  private final WorkerClocks clocks = new WorkerClocks();

  private void join(int rank, int incarnation, int clock, int group) {
    clocks.joinLogged(rank, incarnation, clock, group);
    clocks.joinCommitted(rank, incarnation, clock, group);
  }

  private void push(int rank, long seq) {
    clocks.pushLogged(rank, seq);
    clocks.pushCommitted(rank, seq);
  }

  private void tick(int rank, long seq, int clock) {
    clocks.tickLogged(rank, seq, clock);
    clocks.tickCommitted(rank, seq, clock);
  }

  private static void refused(ErrorCode code, Admission admission) {
    assertEquals(code, assertInstanceOf(Admission.Refuse.class, admission).code());
  }

  @Test
  void takesSeqsOneAfterTheOtherAndNamesDuplicatesAndGaps() {
    join(0, 1, 0, 1);
    assertEquals(Admission.TAKE, clocks.admitPush(0, 1, 1, 0));
    push(0, 1);
    assertEquals(Admission.DUPLICATE_COMMITTED, clocks.admitPush(0, 1, 1, 0));
    assertEquals(Admission.TAKE, clocks.admitPush(0, 1, 2, 0));
    refused(ErrorCode.SEQ_GAP, clocks.admitPush(0, 1, 3, 0));
    refused(ErrorCode.SEQ_GAP, clocks.admitPush(0, 1, 0, 0));
  }

  @Test
  void tellsADuplicateThatIsStillPendingFromACommittedOne() {
    join(0, 1, 0, 1);
    clocks.pushLogged(0, 1);
    assertEquals(Admission.DUPLICATE_PENDING, clocks.admitPush(0, 1, 1, 0));
    clocks.pushCommitted(0, 1);
    assertEquals(Admission.DUPLICATE_COMMITTED, clocks.admitPush(0, 1, 1, 0));
  }

  @Test
  void refusesWhoHasNotJoinedAndWhoWasReplaced() {
    refused(ErrorCode.NOT_JOINED, clocks.admitPush(3, 1, 1, 0));
    join(3, 1, 0, 1);
    assertEquals(2, clocks.nextIncarnation(3));
    join(3, 2, 0, 1);
    refused(ErrorCode.STALE_INCARNATION, clocks.admitPush(3, 1, 1, 0));
    refused(ErrorCode.NOT_JOINED, clocks.admitPush(3, 3, 1, 0));
    assertTrue(clocks.isStale(3, 1));
  }

  @Test
  void knowsTheSizeThatAJoinAnnouncesAsSoonAsItIsLogged() {
    clocks.joinLogged(0, 1, 0, 1);
    assertEquals(0, clocks.groupSize());
    assertEquals(1, clocks.groupSizeLogged());
    clocks.forgetLogged();
    assertEquals(0, clocks.groupSizeLogged());
    join(0, 1, 0, 2);
    assertEquals(2, clocks.groupSizeLogged());
  }

  @Test
  void fencesTheOldIncarnationAsSoonAsTheJoinIsLogged() {
    join(0, 1, 0, 1);
    clocks.joinLogged(0, 2, 0, 1);
    refused(ErrorCode.STALE_INCARNATION, clocks.admitPush(0, 1, 1, 0));
  }

  @Test
  void aNewIncarnationGoesOnWithTheSeqsOfTheOld() {
    join(0, 1, 0, 1);
    push(0, 1);
    push(0, 2);
    join(0, 2, 0, 1);
    assertEquals(Admission.DUPLICATE_COMMITTED, clocks.admitPush(0, 2, 2, 0));
    assertEquals(Admission.TAKE, clocks.admitPush(0, 2, 3, 0));
    assertEquals(2, clocks.loggedSeq(0));
  }

  @Test
  void refusesPushesAndTicksForClocksThatAreOver() {
    join(0, 1, 0, 1);
    tick(0, 1, 1);
    refused(ErrorCode.INVALID_CLOCK, clocks.admitPush(0, 1, 2, 0));
    refused(ErrorCode.INVALID_CLOCK, clocks.admitTick(0, 1, 2, 1));
    assertEquals(Admission.TAKE, clocks.admitTick(0, 1, 2, 2));
  }

  @Test
  void theLeastClockWaitsForWorkersThatHaveNotJoined() {
    join(0, 1, 0, 2);
    tick(0, 1, 1);
    assertEquals(0, clocks.minClock());
    join(1, 1, 0, 2);
    assertEquals(0, clocks.minClock());
    tick(1, 1, 1);
    assertEquals(1, clocks.minClock());
    assertEquals(1, clocks.maxClock());
  }

  @Test
  void theLeastClockFollowsManyTicksInAnyOrder() {
    int workers = 5;
    for (int rank = 0; rank < workers; rank++) {
      join(rank, 1, 0, workers);
    }
    var random = new java.util.Random(7);
    int[] clock = new int[workers];
    for (int step = 0; step < 2_000; step++) {
      int rank = random.nextInt(workers);
      clock[rank]++;
      tick(rank, clock[rank], clock[rank]);
      int least = java.util.Arrays.stream(clock).min().orElseThrow();
      int most = java.util.Arrays.stream(clock).max().orElseThrow();
      assertEquals(least, clocks.minClock(), "step " + step);
      assertEquals(most, clocks.maxClock(), "step " + step);
    }
  }

  @Test
  void whoLeavesIsNotWaitedForAndMayComeBack() {
    join(0, 1, 0, 2);
    join(1, 1, 0, 2);
    tick(0, 1, 1);
    clocks.leaveLogged(1, 0);
    clocks.leaveCommitted(1, 0);
    assertEquals(1, clocks.minClock());
    assertEquals(1, clocks.expectedWorkers());
    refused(ErrorCode.NOT_JOINED, clocks.admitPush(1, 1, 1, 0));
    join(1, 2, 1, 2);
    assertEquals(2, clocks.expectedWorkers());
    assertEquals(1, clocks.minClock());
  }

  @Test
  void noClockWaitsForCallersOutsideTheGroup() {
    join(0, 1, 0, 1);
    join(-5, 1, 0, 0);
    push(-5, 1);
    tick(0, 1, 1);
    assertEquals(1, clocks.minClock());
    clocks.leaveLogged(-5, 0);
    clocks.leaveCommitted(-5, 0);
    assertEquals(1, clocks.size());
  }

  @Test
  void theCommittedHalfIsWhatACheckpointHolds() {
    join(0, 4, 2, 3);
    push(0, 1);
    join(1, 1, 0, 3);
    clocks.leaveLogged(1, 0);
    clocks.leaveCommitted(1, 0);
    clocks.pushLogged(0, 2); // pending: must not be in it
    var read = WorkerClocks.read(ByteBuffer.wrap(clocks.encode()).order(ByteOrder.LITTLE_ENDIAN));
    assertEquals(1, read.seq(0));
    assertEquals(1, read.loggedSeq(0));
    assertEquals(2, read.clock(0));
    assertEquals(2, read.expectedWorkers());
    assertEquals(Admission.TAKE, read.admitPush(0, 4, 2, 2));
    assertNotNull(read.fence(1, 1));
    assertNull(read.fence(0, 4));
  }
}
