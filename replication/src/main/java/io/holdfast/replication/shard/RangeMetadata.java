package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainReplica;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a checkpoint holds beside a range's rows: the chain state that belongs to them, and the
 * workers' saved states (home ranges only). Little-endian.
 *
 * @param chain as committed
 * @param states by rank
 * @param logIndex where the shard's log ended: one that ends before has lost records
 */
record RangeMetadata(ChainReplica chain, SavedStates states, long logIndex) {
  private static final int FORMAT = 1;
  private static final int FIXED_BYTES = 4 + 8 + 4;

  static RangeMetadata empty(int epoch) {
    return new RangeMetadata(ChainReplica.empty(epoch), new SavedStates(), 0);
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

  static RangeMetadata decode(byte[] metadata) {
    var bytes = ByteBuffer.wrap(metadata).order(ByteOrder.LITTLE_ENDIAN);
    int format = bytes.getInt();
    if (format != FORMAT) {
      throw new IllegalStateException(
          "range metadata has format " + format + ", this version reads " + FORMAT);
    }
    long logIndex = bytes.getLong();
    int chainBytes = bytes.getInt();
    var chain =
        ChainReplica.read(bytes.slice(FIXED_BYTES, chainBytes).order(ByteOrder.LITTLE_ENDIAN));
    bytes.position(FIXED_BYTES + chainBytes);
    return new RangeMetadata(chain, SavedStates.read(bytes), logIndex);
  }
}
