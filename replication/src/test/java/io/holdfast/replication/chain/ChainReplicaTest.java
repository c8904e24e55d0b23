package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class ChainReplicaTest {
  private final ChainReplica chain = ChainReplica.empty(1);

  private void join(int rank, int group) {
    chain.clocks().joinLogged(rank, 1, 0);
    chain.clocks().joinCommitted(rank, 1, 0, group);
  }

  private void tick(int rank, long seq, int clock) {
    chain.clocks().tickLogged(rank, seq, clock);
    chain.clocks().tickCommitted(rank, seq, clock);
  }

  @Test
  void recordsAreLoggedAndCommittedWithoutAGap() {
    chain.logged(1);
    assertThrows(IllegalStateException.class, () -> chain.logged(3));
    assertThrows(IllegalStateException.class, () -> chain.commit(2));
    chain.commit(1);
    assertThrows(IllegalStateException.class, () -> chain.commit(2));
    assertEquals(1, chain.committedLsn());
  }

  @Test
  void anotherEpochIsRefused() {
    assertNull(chain.fence(1));
    assertNotNull(chain.fence(0));
    assertNotNull(chain.fence(2));
  }

  @Test
  void aClockEndsWhenEveryWorkerOfTheGroupHasFinishedIt() {
    join(0, 2);
    tick(0, 1, 1);
    assertFalse(chain.nextClockHasEnded(0), "rank 1 has not even joined");
    join(1, 2);
    assertFalse(chain.nextClockHasEnded(0));
    tick(1, 1, 1);
    assertTrue(chain.nextClockHasEnded(0));
    chain.completeClock();
    assertFalse(chain.nextClockHasEnded(0));
  }

  @Test
  void aClockEndsWithoutBackupWorkers() {
    join(0, 2);
    join(1, 2);
    tick(1, 1, 1);
    assertTrue(chain.nextClockHasEnded(1));
    assertFalse(chain.nextClockHasEnded(0));
  }

  @Test
  void noClockEndsWithoutWorkers() {
    assertFalse(chain.nextClockHasEnded(0));
    assertFalse(chain.nextClockHasEnded(3));
  }

  @Test
  void aCheckpointHoldsTheCommittedPrefix() {
    join(0, 1);
    chain.logged(1);
    chain.commit(1);
    chain.logged(2); // pending
    tick(0, 1, 1);
    chain.completeClock();
    var read = ChainReplica.read(chain.write().order(ByteOrder.LITTLE_ENDIAN));
    assertEquals(1, read.lastLsn());
    assertEquals(1, read.committedLsn());
    assertEquals(1, read.completedClocks());
    assertEquals(1, read.clocks().clock(0));
  }
}
