package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainReplica;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a checkpoint holds beside a range's rows: the chain state that belongs to them, and the
 * workers' saved states (home ranges only). Little-endian.
 */
record RangeMetadata(ChainReplica chain, SavedStates states) {
  private static final int FORMAT = 1;

  static RangeMetadata empty(int epoch) {
    return new RangeMetadata(ChainReplica.empty(epoch), new SavedStates());
  }

  byte[] encode() {
    var chainBytes = chain.write();
    var bytes =
        ByteBuffer.allocate(8 + chainBytes.remaining() + states.encodedBytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(FORMAT).putInt(chainBytes.remaining()).put(chainBytes);
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
    int chainBytes = bytes.getInt();
    var chain = ChainReplica.read(bytes.slice(8, chainBytes).order(ByteOrder.LITTLE_ENDIAN));
    bytes.position(8 + chainBytes);
    return new RangeMetadata(chain, SavedStates.read(bytes));
  }
}
