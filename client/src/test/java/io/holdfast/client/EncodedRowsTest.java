package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.filter.Compression;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.Placement;
import io.holdfast.wire.ClientFrames;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.OutboundFrame;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Request;
import io.holdfast.wire.ValueDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A piece that is encoded once, and what its halves are after a split. */
class EncodedRowsTest {
  private static final int WIDTH = 3;
  private static final int ROWS = 200;

  // As a server reads them.
  private static float[] read(CalledRows keys, OutboundValues values, int from, int to)
      throws IOException {
    var push =
        new OutboundRequest.Push(
            new Request.Header(1, 1, 1, 1), 1, 1, 0, keys.keys(from, to), values);
    OutboundFrame frame = ClientFrames.requests(List.of(push));
    var out = new ByteArrayOutputStream();
    frame.writeTo(out);
    var in = InboundFrame.of(ByteBuffer.wrap(out.toByteArray()));
    var read = (Request.Push) ClientFrames.read(in).requests().get(0);
    int bytes = (to - from) * WIDTH * Float.BYTES;
    var plain = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    new ValueDecoder()
        .decode(
            in,
            read.valuesAt(),
            read.valuesLength(),
            read.shape(),
            io.holdfast.model.ElementType.FLOAT32,
            to - from,
            WIDTH * Float.BYTES,
            plain,
            0);
    float[] floats = new float[(to - from) * WIDTH];
    plain.asFloatBuffer().get(floats);
    return floats;
  }

  @Test
  void theHalvesOfAPieceHoldWhatTheWholeDecodesTo() throws IOException {
    var random = new Random(4);
    long[] keys = random.longs(ROWS).distinct().toArray();
    float[] values = new float[ROWS * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / WIDTH % 4 == 0 ? (float) random.nextGaussian() : 0;
    }
    var order = KeyOrder.of(keys, Placement.HASHED);
    var called = new CalledRows(order, true, WIDTH, values, null);
    int from = 20;
    int to = 190;
    for (var format : NumberFormat.values()) {
      for (var compression : Compression.values()) {
        var encoding = new Encoding(format, compression, true, true);
        float[] residue = new float[values.length];
        Arrays.fill(residue, 9);
        var piece = new EncodedRows(called, from, to, new PushEncoding(encoding, 3, residue));
        var whole = piece.values(from, to);
        assertFalse(whole.shape().isPlain());
        assertTrue(whole.byteLength() < (to - from) * WIDTH * Float.BYTES / 2);
        float[] all = read(called, whole, from, to);
        // Later changes of the caller's array do not show: it is encoded already.
        for (int cut : new int[] {from + 1, 77, to - 1}) {
          float[] left = read(called, piece.values(from, cut), from, cut);
          float[] right = read(called, piece.values(cut, to), cut, to);
          assertArrayEquals(Arrays.copyOf(all, left.length), left);
          assertArrayEquals(Arrays.copyOfRange(all, left.length, all.length), right);
        }
        int[] rows = java.util.Objects.requireNonNull(order.rows());
        for (int i = 0; i < ROWS; i++) {
          for (int column = 0; column < WIDTH; column++) {
            int at = rows[i] * WIDTH + column;
            boolean isIn = i >= from && i < to && format != NumberFormat.PLAIN;
            float wanted = isIn ? values[at] - all[(i - from) * WIDTH + column] : 9;
            assertEquals(wanted, residue[at]);
          }
        }
        assertEquals(piece.keys(from, to).digest(), called.keys(from, to).digest());
      }
    }
  }
}
