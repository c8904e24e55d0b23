package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.grpc.internal.CompositeReadableBuffer;
import io.grpc.internal.ForwardingReadableBuffer;
import io.grpc.internal.ReadableBuffer;
import io.grpc.internal.ReadableBuffers;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InboundFrameTest {
  @Test
  void theTransportsBuffersAreKeptUntilCloseAndReleasedOnce() throws IOException {
    for (long seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(3_000)];
      random.nextBytes(bytes);
      var open = new AtomicInteger();
      var composite = new CompositeReadableBuffer();
      for (ByteBuffer part : Slices.buffers(bytes, random)) {
        composite.addBuffer(new Counted(part, open));
        if (random.nextInt(5) == 0) {
          composite.addBuffer(new Counted(ByteBuffer.allocate(0), open));
        }
      }
      InputStream stream = ReadableBuffers.openStream(composite, true);
      InboundFrame frame = InboundFrame.parse(stream);
      stream.close();
      assertEquals(bytes.length, frame.length(), "seed " + seed);
      assertArrayEquals(bytes, frame.bytes(0, bytes.length), "seed " + seed);
      frame.close();
      frame.close();
      assertEquals(0, open.get(), "seed " + seed);
    }
  }

  @Test
  void aStreamThatCannotBeDetachedIsReadWhole() {
    byte[] bytes = {1, 2, 3};
    InboundFrame frame = InboundFrame.parse(new ByteArrayInputStream(bytes));
    assertArrayEquals(bytes, frame.bytes(0, 3));
  }

  @Test
  void numbersAreReadAcrossTheSeamsOfSlices() {
    for (long seed = 0; seed < 2_000; seed++) {
      var random = new Random(seed);
      int count = random.nextInt(70);
      int pad = random.nextInt(9);
      ByteBuffer source =
          ByteBuffer.allocate(pad + count * 8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      random.nextBytes(source.array());
      InboundFrame frame = Slices.cut(source.array(), random);
      long[] longs = new long[count + 2];
      frame.readLongs(pad, longs, 1, count);
      float[] floats = new float[2 * count + 2];
      frame.readFloats(pad, floats, 1, 2 * count);
      for (int i = 0; i < count; i++) {
        assertEquals(source.getLong(pad + 8 * i), longs[1 + i], "seed " + seed);
      }
      for (int i = 0; i < 2 * count; i++) {
        assertEquals(
            source.getInt(pad + 4 * i), Float.floatToRawIntBits(floats[1 + i]), "seed " + seed);
      }
      assertEquals(0, longs[count + 1]);
      for (int i = 0; i < source.capacity(); i++) {
        assertEquals(source.get(i), frame.byteAt(i));
      }
    }
  }

  @Test
  void errorsGoThroughStatusesAndBack() {
    for (ErrorCode code : ErrorCode.values()) {
      var error = new HoldfastException(code, "what: and why");
      HoldfastException back = Statuses.fromThrowable(Statuses.toStatus(error));
      assertEquals(code, back.code());
      assertEquals(error.getMessage(), back.getMessage());
      assertEquals(error.getMessage(), Failures.fromProto(Failures.toProto(error)).getMessage());
    }
    var error = new HoldfastException(ErrorCode.CLOSED, "x");
    assertSame(error, Statuses.fromThrowable(error));
    assertEquals(
        ErrorCode.UNAVAILABLE,
        Statuses.fromThrowable(io.grpc.Status.UNAVAILABLE.asRuntimeException()).code());
  }

  @Test
  void anUnknownCodeOfANewerServerIsInternalWithItsText() {
    var failure =
        io.holdfast.v1.Failure.newBuilder()
            .setMessage("the moon is full")
            .setInfo(com.google.rpc.ErrorInfo.newBuilder().setReason("MOON").setDomain("holdfast"));
    HoldfastException error = Failures.fromProto(failure.build());
    assertEquals(ErrorCode.INTERNAL, error.code());
    assertEquals("INTERNAL: MOON: the moon is full", error.getMessage());
  }

  /** A buffer of the transport that counts as open until it is closed, and is unusable after. */
  private static final class Counted extends ForwardingReadableBuffer {
    private final ByteBuffer bytes;
    private final AtomicInteger open;
    private int marked;
    private boolean closed;

    Counted(ByteBuffer bytes, AtomicInteger open) {
      super(ReadableBuffers.wrap(bytes));
      this.bytes = bytes;
      this.open = open;
      open.incrementAndGet();
    }

    @Override
    public boolean byteBufferSupported() {
      return true;
    }

    @Override
    public boolean markSupported() {
      return true;
    }

    @Override
    public void mark() {
      marked = bytes.position();
    }

    @Override
    public void reset() {
      bytes.position(marked);
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return bytes.duplicate();
    }

    @Override
    public ReadableBuffer readBytes(int length) {
      throw new UnsupportedOperationException("that would be a copy or a slice: " + length);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
        for (int i = 0; i < bytes.capacity(); i++) {
          bytes.put(i, (byte) 0xdd);
        }
      }
    }
  }
}
