package io.holdfast.replication.shard;

import io.holdfast.wire.ValueEncoder;
import io.holdfast.wire.ValueShape;
import io.holdfast.wire.ValueSource;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The values of a pull's answer, encoded as the client asked. What it gives must be sent before the
 * next is made. Belongs to the shard's thread.
 */
final class EncodedAnswer {
  /** Answers up to here are made in buffers that are kept. */
  private static final int KEPT_BYTES = 4 << 20;

  private @Nullable ValueEncoder encoder;

  /** An answer's values and how they are encoded. */
  record Made(ValueShape shape, ValueSource values) {}

  /**
   * Reads all rows and encodes them.
   *
   * @param wanted known to this side
   */
  Made of(GatheredRows rows, int count, int rowBytes, ValueShape wanted, long seed) {
    int bytes = rows.byteLength();
    var with = bytes > KEPT_BYTES ? new ValueEncoder() : kept();
    ByteBuffer plain = with.plain(bytes);
    while (plain.hasRemaining()) {
      rows.fill(plain);
    }
    var encoded = with.encode(wanted.encoding(), count, rowBytes, seed);
    return new Made(encoded.shape(), new Ready(encoded.bytes()));
  }

  private ValueEncoder kept() {
    ValueEncoder found = encoder;
    if (found == null) {
      found = new ValueEncoder();
      encoder = found;
    }
    return found;
  }

  private record Ready(ByteBuffer bytes) implements ValueSource {
    @Override
    public int byteLength() {
      return bytes.limit();
    }

    @Override
    public void fill(ByteBuffer target) {
      int some = Math.min(bytes.remaining(), target.remaining());
      target.put(target.position(), bytes, bytes.position(), some);
      target.position(target.position() + some);
      bytes.position(bytes.position() + some);
    }
  }
}
