package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainReplica;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What a checkpoint holds beside a range's rows: the chain state that belongs to them, and the
 * workers' saved states and work queues (home ranges only). Little-endian.
 *
 * @param chain as committed
 * @param states by rank
 * @param logIndex where the shard's log ended: one that ends before has lost records
 */
record RangeMetadata(ChainReplica chain, SavedStates states, long logIndex) {
  private static final int FORMAT = 4;

  /** Had no work queues; still read. */
  private static final int WITHOUT_QUEUES = 3;

  /** Had clocks that took as many bytes for each worker, too; still read. */
  private static final int PLAIN_CLOCKS = 2;

  private static final int FIXED_BYTES = 4 + 8 + 4;

  static RangeMetadata empty() {
    return new RangeMetadata(ChainReplica.empty(0, 0), new SavedStates(), 0);
  }

  byte[] encode() {
    var chainBytes = chain.write();
    var bytes =
        ByteBuffer.allocate(FIXED_BYTES + chainBytes.remaining() + states.encodedBytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(FORMAT).putLong(logIndex).putInt(chainBytes.remaining()).put(chainBytes);
    states.write(bytes);
    return bytes.array();
  }

  /** A fingerprint of what replicas at the same LSN have in common. */
  long digest() {
    var shared = chain.writeShared();
    var bytes =
        ByteBuffer.allocate(shared.remaining() + states.encodedBytes())
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(shared);
    states.write(bytes);
    var crc = new CRC32C();
    crc.update(bytes.flip());
    return crc.getValue();
  }

  static RangeMetadata decode(byte[] metadata) {
    var bytes = ByteBuffer.wrap(metadata).order(ByteOrder.LITTLE_ENDIAN);
    int format = bytes.getInt();
    if (format != FORMAT && format != WITHOUT_QUEUES && format != PLAIN_CLOCKS) {
      throw new IllegalStateException(
          "range metadata has format "
              + format
              + ", this version reads "
              + PLAIN_CLOCKS
              + ", "
              + WITHOUT_QUEUES
              + " and "
              + FORMAT);
    }
    long logIndex = bytes.getLong();
    int chainBytes = bytes.getInt();
    var written = bytes.slice(FIXED_BYTES, chainBytes).order(ByteOrder.LITTLE_ENDIAN);
    var chain =
        format == PLAIN_CLOCKS ? ChainReplica.readFormat2(written) : ChainReplica.read(written);
    bytes.position(FIXED_BYTES + chainBytes);
    return new RangeMetadata(chain, SavedStates.read(bytes, format == FORMAT), logIndex);
  }
}
