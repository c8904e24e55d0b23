package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.replication.chain.Admission;
import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.RecordHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class RangeMetadataTest {
  private static final int WORKERS = 1_000;

  /** As the version wrote it that had format 2: rank 0 at seq 5 and clock 3, rank 1 has left. */
  private static ByteBuffer ofFormat2() {
    var bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(2).putLong(77).putInt(8 + 4 + 4 + 12 + 8 + 2 * 21 + 1);
    bytes.putLong(42).putInt(3);
    bytes.putInt(1).putInt(9).putLong(1);
    bytes.putInt(4).putInt(2);
    bytes.putInt(0).putInt(6).putLong(5).putInt(3).put((byte) 0);
    bytes.putInt(1).putInt(2).putLong(8).putInt(1).put((byte) 1);
    bytes.put((byte) 0);
    bytes.putInt(0);
    return bytes.flip();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static void isWhatFormat2Said(RangeMetadata read) {
    assertTrue(read.states().queues().all().isEmpty());
    assertEquals(77, read.logIndex());
    var chain = read.chain();
    assertEquals(42, chain.appliedLsn());
    assertEquals(3, chain.completedClocks());
    assertEquals(9, chain.lastRecordEpoch());
    assertNull(chain.seal());
    var clocks = chain.clocks();
    assertEquals(2, clocks.size());
    assertEquals(Admission.DUPLICATE_COMMITTED, clocks.admitPush(0, 6, 5, 3));
    assertEquals(Admission.TAKE, clocks.admitPush(0, 6, 6, 3));
    assertEquals(8, clocks.seq(1));
    assertEquals(3, clocks.expectedWorkers(), "one of the group of four has left");
    assertEquals(3, clocks.nextIncarnation(1));
  }

  @Test
  void format2IsReadAndWrittenAsTheFormatOfNow() {
    var old = RangeMetadata.decode(bytes(ofFormat2()));
    isWhatFormat2Said(old);
    byte[] now = old.encode();
    assertEquals(3, ByteBuffer.wrap(now).order(ByteOrder.LITTLE_ENDIAN).getInt());
    var read = RangeMetadata.decode(now);
    isWhatFormat2Said(read);
    assertEquals(old.digest(), read.digest());
  }

  @Test
  void otherFormatsAreRefused() {
    for (int format : new int[] {1, 4}) {
      byte[] other = bytes(ofFormat2().putInt(0, format));
      assertThrows(IllegalStateException.class, () -> RangeMetadata.decode(other));
    }
  }

  @Test
  void theClocksOfWorkersThatAreAlikeTakeAFewBytes() {
    var chain = ChainReplica.empty(1, 1);
    for (int rank = 0; rank < WORKERS; rank++) {
      chain.clocks().joinLogged(rank, 1, 0, WORKERS);
      chain.clocks().joinCommitted(rank, 1, 0, WORKERS);
    }
    var metadata = new RangeMetadata(chain, new SavedStates(), 0);
    assertTrue(metadata.encode().length < 120, metadata.encode().length + " bytes");
    chain.appended(new RecordHeader(RecordType.PUSH, (byte) 0, 1, 1, 1, WORKERS / 2, 1, 1, 0));
    assertEquals(0, RangeMetadata.decode(metadata.encode()).chain().clocks().seq(WORKERS / 2));
  }
}
