package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.ElementType;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.ValueDecoder;
import io.holdfast.wire.ValueEncoder;
import io.holdfast.wire.ValueShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One piece of a push, encoded once when it is made: however often it is sent, the server applies
 * the same. A part of it, where its range was split, is what the whole decodes to.
 */
final class EncodedRows implements RowSource {
  private static final ThreadLocal<ValueEncoder> ENCODER =
      ThreadLocal.withInitial(ValueEncoder::new);

  private final CalledRows rows;
  private final int from;
  private final int to;
  private final ValueShape shape;
  private final byte[] encoded;

  /** The rows {@code [from, to)}; the residue, where it is wanted, is written here and now. */
  EncodedRows(CalledRows rows, int from, int to, PushEncoding as) {
    this.rows = rows;
    this.from = from;
    this.to = to;
    var encoder = ENCODER.get();
    rows.writeTo(encoder.plain((to - from) * rows.rowBytes()), from, to);
    var result = encoder.encode(as.encoding(), to - from, rows.rowBytes(), as.seed() + from);
    this.shape = result.shape();
    this.encoded = new byte[result.bytes().remaining()];
    result.bytes().get(encoded);
    float[] residue = as.residue();
    if (residue != null && as.encoding().format() != NumberFormat.PLAIN) {
      var read = ByteBuffer.wrap(decode()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      rows.subtract(read, from, to, residue);
    }
  }

  @Override
  public OutboundKeys keys(int start, int end) {
    return rows.keys(start, end);
  }

  @Override
  public OutboundValues values(int start, int end) {
    if (start == from && end == to) {
      return OutboundValues.encoded(shape, encoded);
    }
    int rowBytes = rows.rowBytes();
    byte[] all = decode();
    return OutboundValues.plain(all, (start - from) * rowBytes, (end - start) * rowBytes);
  }

  @Override
  public int indexOf(long key, int start, int end) {
    return rows.indexOf(key, start, end);
  }

  private byte[] decode() {
    byte[] plain = new byte[(to - from) * rows.rowBytes()];
    new ValueDecoder()
        .decode(
            InboundFrame.of(ByteBuffer.wrap(encoded)),
            0,
            encoded.length,
            shape,
            rows.isFloat() ? ElementType.FLOAT32 : ElementType.INT64,
            to - from,
            rows.rowBytes(),
            ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN),
            0);
    return plain;
  }
}
