package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.log.RecordHeader;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChainReplicaTest {
  private static final int NODE = 1;

  private final ChainReplica chain = ChainReplica.empty(NODE, 1);
  private final Effects effects = new Effects();

  /** Notes down what the chain wants. */
  private static final class Effects implements ChainEffects {
    final List<String> wanted = new ArrayList<>();

    @Override
    public void send(int node, ChainMessage message) {
      wanted.add("to " + node + ": " + message);
    }

    @Override
    public void truncate(long fromLsn) {
      wanted.add("truncate " + fromLsn);
    }

    @Override
    public void commit(long lsn) {
      wanted.add("commit " + lsn);
    }

    @Override
    public void activate(int epoch) {
      wanted.add("activate " + epoch);
    }

    @Override
    public void copyTo(int node) {
      wanted.add("copy to " + node);
    }

    @Override
    public void promote(int epoch, int node) {
      wanted.add("promote " + node);
    }

    @Override
    public void fetchConfiguration(int epoch) {
      wanted.add("fetch " + epoch);
    }

    @Override
    public void corrupt(String reason) {
      wanted.add("corrupt");
    }
  }

  private static RecordHeader join(long lsn, int rank, int group) {
    return new RecordHeader(RecordType.JOIN, (byte) 0, 7, 1, lsn, rank, 1, group, 0);
  }

  private static RecordHeader tick(long lsn, int rank, long seq, int clock) {
    return new RecordHeader(RecordType.TICK, (byte) 0, 7, 1, lsn, rank, 1, seq, clock);
  }

  private static RecordHeader push(int epoch, long lsn, long seq) {
    return new RecordHeader(RecordType.PUSH, (byte) 0, 7, epoch, lsn, 0, 1, seq, 0);
  }

  private void alone() {
    chain.configure(ChainConfig.alone(1, NODE, 1), effects);
  }

  private static ChainConfig config(int epoch, int activated, int... nodes) {
    var members = new ArrayList<ChainMember>();
    for (int node : nodes) {
      members.add(new ChainMember(node, 1, ChainMember.Role.SERVING));
    }
    return new ChainConfig(epoch, members, activated, 1);
  }

  private void commit(RecordHeader record) {
    chain.appended(record);
    chain.durable(record.lsn(), effects);
    assertEquals(record, chain.applyNext());
  }

  @Test
  void aReplicaThatIsAloneCommitsWhatIsDurable() {
    alone();
    chain.appended(join(1, 0, 1));
    assertNull(chain.applyNext());
    chain.durable(1, effects);
    assertEquals(1, chain.committedLsn());
    assertEquals(0, chain.appliedLsn());
    assertNotNull(chain.applyNext());
    assertEquals(1, chain.appliedLsn());
    assertThrows(IllegalStateException.class, () -> chain.appended(tick(3, 0, 1, 1)));
  }

  @Test
  void nothingCommitsBeforeTheEpochIsActivated() {
    chain.configure(config(2, 1, NODE), effects);
    chain.appended(join(1, 0, 1));
    chain.durable(1, effects);
    assertEquals(List.of("activate 2"), effects.wanted);
    assertEquals(0, chain.committedLsn());
    chain.activated(2, effects);
    assertEquals(1, chain.committedLsn());
  }

  @Test
  void aChainOfOneCommitsNothingWithoutALease() {
    alone();
    chain.leased(false, effects);
    chain.appended(join(1, 0, 1));
    chain.durable(1, effects);
    assertEquals(0, chain.committedLsn());
    chain.leased(true, effects);
    assertEquals(1, chain.committedLsn());
  }

  @Test
  void anotherEpochIsRefused() {
    alone();
    assertNull(chain.mayAppend(1, effects));
    assertNotNull(chain.mayAppend(0, effects));
    assertNotNull(chain.mayServe(2, effects));
    assertEquals(List.of("fetch 2"), effects.wanted);
  }

  @Test
  void aMemberOfAnEarlierLifeHasNoRole() {
    chain.identify(NODE, 2);
    alone();
    assertNull(chain.role());
    assertNotNull(chain.mayAppend(1, effects));
  }

  @Test
  void pushesNeedEnoughReplicasAndPullsDoNot() {
    chain.configure(
        new ChainConfig(1, List.of(new ChainMember(NODE, 1, ChainMember.Role.SERVING)), 1, 2),
        effects);
    assertNotNull(chain.mayAppend(1, effects));
    assertNull(chain.mayServe(1, effects));
  }

  @Test
  void theHeadCommitsOnlyWhatItsSuccessorSaysIsCommitted() {
    chain.configure(config(1, 1, NODE, 2), effects);
    chain.receive(2, new ChainMessage.Attached(1, 0), effects);
    chain.appended(join(1, 0, 1));
    chain.durable(1, effects);
    assertEquals(0, chain.committedLsn());
    assertEquals(1, chain.nextToForward());
    chain.forwarded(1);
    assertEquals(-1, chain.nextToForward());
    chain.receive(2, new ChainMessage.Ack(1, 1, 1, true), effects);
    assertEquals(1, chain.committedLsn());
  }

  @Test
  void theTailCommitsWhatIsDurableOnAllBeforeIt() {
    chain.configure(config(1, 1, 2, NODE), effects);
    chain.receive(2, new ChainMessage.Attach(1, 0, 0, List.of()), effects);
    assertTrue(chain.accepts(2, 1, join(1, 0, 1), effects));
    chain.appended(join(1, 0, 1));
    chain.durable(1, effects);
    assertEquals(0, chain.committedLsn());
    chain.receive(2, new ChainMessage.Progress(1, 1, 0, true), effects);
    assertEquals(1, chain.committedLsn());
  }

  @Test
  void pendingRecordsThatTheChainDoesNotHaveAreDropped() {
    alone();
    commit(join(1, 0, 1));
    chain.appended(push(1, 2, 1));
    chain.appended(push(1, 3, 2));
    chain.configure(config(3, 3, 2, NODE), effects);
    effects.wanted.clear();
    var boundaries = List.of(new ChainMessage.Boundary(1, 1), new ChainMessage.Boundary(2, 3));
    chain.receive(2, new ChainMessage.Attach(3, 4, 1, boundaries), effects);
    assertEquals(List.of("truncate 3", "to 2: " + new ChainMessage.Attached(3, 2)), effects.wanted);
    assertEquals(2, chain.lastLsn());
    assertEquals(1, chain.clocks().loggedSeq(0), "seq 2 is free again");
  }

  @Test
  void framesOfAnOlderEpochAreToldTheNewer() {
    chain.configure(config(5, 5, 2, NODE), effects);
    effects.wanted.clear();
    assertFalse(chain.accepts(2, 4, push(4, 1, 1), effects));
    assertEquals(List.of("to 2: " + new ChainMessage.Fenced(5)), effects.wanted);
  }

  @Test
  void aClockEndsWhenEveryWorkerOfTheGroupHasFinishedIt() {
    alone();
    commit(join(1, 0, 2));
    commit(tick(2, 0, 1, 1));
    assertFalse(chain.nextClockHasEnded(0), "rank 1 has not even joined");
    commit(join(3, 1, 2));
    assertFalse(chain.nextClockHasEnded(0));
    commit(tick(4, 1, 1, 1));
    assertTrue(chain.nextClockHasEnded(0));
    chain.completeClock();
    assertFalse(chain.nextClockHasEnded(0));
  }

  @Test
  void aClockEndsWithoutBackupWorkers() {
    alone();
    commit(join(1, 0, 2));
    commit(join(2, 1, 2));
    commit(tick(3, 1, 1, 1));
    assertTrue(chain.nextClockHasEnded(1));
    assertFalse(chain.nextClockHasEnded(0));
  }

  @Test
  void noClockEndsWithoutWorkers() {
    assertFalse(chain.nextClockHasEnded(0));
    assertFalse(chain.nextClockHasEnded(3));
  }

  @Test
  void aCheckpointHoldsTheAppliedPrefix() {
    alone();
    commit(join(1, 0, 1));
    commit(tick(2, 0, 1, 1));
    chain.completeClock();
    chain.appended(push(1, 3, 2)); // pending
    var read = ChainReplica.read(NODE, 1, chain.write().order(ByteOrder.LITTLE_ENDIAN));
    assertEquals(2, read.lastLsn());
    assertEquals(2, read.committedLsn());
    assertEquals(1, read.completedClocks());
    assertEquals(1, read.clocks().clock(0));
    assertEquals(1, read.lastRecordEpoch());
  }

  // ---- splits (P24)

  private RecordHeader seal(long lsn, int epoch) {
    return new Seal(lsn, epoch, 40, 8, 9).header(7);
  }

  @Test
  void aSealedHeadTakesNothingMore() {
    alone();
    commit(join(1, 0, 1));
    assertNull(chain.mayAppend(1, effects));
    assertEquals(seal(2, 1), chain.sealing(7, 40, 8, 9));
    chain.appended(chain.sealing(7, 40, 8, 9));
    var refused = chain.mayAppend(1, effects);
    assertNotNull(refused);
    assertEquals(io.holdfast.model.ErrorCode.NOT_READY, refused.code());
    assertNull(chain.mayServe(1, effects), "it is read on");
    assertThrows(IllegalStateException.class, () -> chain.appended(tick(3, 0, 1, 1)));
  }

  @Test
  void theLatestValueIsNotReadOfASealedRange() {
    alone();
    commit(join(1, 0, 1));
    chain.appended(seal(2, 1));
    assertTrue(chain.answersLatest(1), "it may yet be dropped");
    chain.durable(2, effects);
    assertFalse(chain.answersLatest(2));
    assertFalse(chain.isSealApplied());
    chain.applyNext();
    assertTrue(chain.isSealApplied());
    assertFalse(chain.answersLatest(2));
  }

  @Test
  void aSealThatIsDroppedIsGone() {
    alone();
    commit(join(1, 0, 1));
    chain.appended(seal(2, 1));
    assertEquals(new Seal(2, 1, 40, 8, 9), chain.seal());
    chain.dropFrom(2);
    assertNull(chain.seal());
    assertNull(chain.mayAppend(1, effects));
    chain.appended(tick(2, 0, 1, 1));
  }

  @Test
  void aSealIsStateOnceItIsAppliedAndAHalfIsBegunWithoutIt() {
    alone();
    commit(join(1, 0, 1));
    chain.appended(seal(2, 1));
    var before = ChainReplica.read(NODE, 1, chain.write().order(ByteOrder.LITTLE_ENDIAN));
    assertNull(before.seal(), "the log has it, the state does not");
    chain.durable(2, effects);
    chain.applyNext();
    var read = ChainReplica.read(NODE, 1, chain.write().order(ByteOrder.LITTLE_ENDIAN));
    assertEquals(new Seal(2, 1, 40, 8, 9), read.seal());
    read.beginAsHalf();
    assertNull(read.seal());
    assertEquals(2, read.lastLsn());
    assertEquals(1, read.lastRecordEpoch());
    assertThrows(IllegalStateException.class, before::beginAsHalf);
  }

  private static RecordHeader combined(long lsn) {
    return new RecordHeader(RecordType.COMBINED, (byte) 0, 7, 1, lsn, 0, 1, 1, 0);
  }

  private static List<CombinedPush> pushes(long ofZero, long ofOne) {
    return List.of(new CombinedPush(0, 1, ofZero, 0), new CombinedPush(1, 1, ofOne, 0));
  }

  @Test
  void aCombinedRecordCountsForEachOfItsWorkersUntilItIsDropped() {
    alone();
    commit(join(1, 0, 2));
    commit(join(2, 1, 2));
    chain.appended(combined(3), pushes(1, 1));
    chain.appended(combined(4), pushes(2, 2));
    var clocks = chain.clocks();
    assertEquals(Admission.DUPLICATE_PENDING, clocks.admitPush(1, 1, 2, 0));
    chain.dropFrom(4);
    assertEquals(Admission.DUPLICATE_PENDING, clocks.admitPush(1, 1, 1, 0));
    assertEquals(Admission.TAKE, clocks.admitPush(0, 1, 2, 0));
    assertEquals(Admission.TAKE, clocks.admitPush(1, 1, 2, 0));
    chain.appended(combined(4), List.of(new CombinedPush(1, 1, 2, 0)));
    chain.durable(4, effects);
    chain.applyNext();
    chain.applyNext();
    assertEquals(1, clocks.seq(0));
    assertEquals(2, clocks.seq(1));
    assertEquals(Admission.DUPLICATE_COMMITTED, clocks.admitPush(1, 1, 2, 0));
    assertEquals(Admission.TAKE, clocks.admitPush(0, 1, 2, 0));
    var read = ChainReplica.read(NODE, 1, chain.write().order(ByteOrder.LITTLE_ENDIAN));
    assertEquals(1, read.clocks().seq(0));
    assertEquals(2, read.clocks().seq(1));
  }

  @Test
  void whatWasAdmittedAndNotLoggedIsForgotten() {
    alone();
    commit(join(1, 0, 1));
    chain.appended(combined(2), List.of(new CombinedPush(0, 1, 1, 0)));
    chain.clocks().pushLogged(0, 2);
    assertEquals(Admission.DUPLICATE_PENDING, chain.clocks().admitPush(0, 1, 2, 0));
    chain.recountLogged();
    assertEquals(Admission.TAKE, chain.clocks().admitPush(0, 1, 2, 0));
    assertEquals(Admission.DUPLICATE_PENDING, chain.clocks().admitPush(0, 1, 1, 0));
  }
}
