package io.holdfast.wire;

import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a frame that arrived, in the transport's own buffers until {@link #close}.
 *
 * <p>A frame of megabytes stands in many buffers ("slices"), one per HTTP/2 DATA frame or less.
 * Offsets are from the start of the frame; every access is bounds-checked. Reading changes nothing,
 * so that several threads may read one frame at once; whoever closes it must know that they are
 * done. Reading a closed frame throws {@link IllegalStateException}.
 */
public final class InboundFrame implements AutoCloseable {
  private static final int MAX_EMPTY_BUFFERS = 1_000;
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(InboundFrame.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ByteBuffer[] slices;
  // Offset of each slice, and the frame's length last.
  private final int[] starts;
  private final @Nullable InputStream owner;

  @SuppressWarnings("UnusedVariable") // by CLOSED
  private volatile boolean closed;

  private InboundFrame(List<ByteBuffer> parts, @Nullable InputStream owner) {
    this.slices = new ByteBuffer[parts.size()];
    this.starts = new int[parts.size() + 1];
    for (int i = 0; i < slices.length; i++) {
      slices[i] = parts.get(i).slice().order(ByteOrder.LITTLE_ENDIAN);
      starts[i + 1] = Math.addExact(starts[i], slices[i].remaining());
    }
    this.owner = owner;
  }

  /** A frame over the remaining bytes of these buffers, one after the other; nothing is copied. */
  public static InboundFrame of(ByteBuffer... parts) {
    return new InboundFrame(
        Arrays.stream(parts).filter(ByteBuffer::hasRemaining).toList(), /* owner= */ null);
  }

  /**
   * Takes a message from the transport: without a copy where the transport lets its buffers go
   * ({@link Detachable}), else by reading it into one buffer.
   */
  static InboundFrame parse(InputStream stream) {
    try {
      if (stream instanceof HasByteBuffer buffers
          && buffers.byteBufferSupported()
          && stream.markSupported()
          && stream instanceof Detachable detachable) {
        return collect(detachable.detach());
      }
      return of(ByteBuffer.wrap(stream.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a frame from the transport", e);
    }
  }

  // A composite of gRPC releases each buffer that was read to its end, unless a mark was set
  // before: then it keeps them all until it is closed.
  private static InboundFrame collect(InputStream owner) throws IOException {
    try {
      var buffers = (HasByteBuffer) owner;
      int left = owner.available();
      owner.mark(left);
      int empty = 0;
      var parts = new ArrayList<ByteBuffer>();
      while (left > 0) {
        ByteBuffer next = Objects.requireNonNull(buffers.getByteBuffer());
        int length = next.remaining();
        if (length > 0) {
          parts.add(next);
        }
        // A skip of nothing moves a composite past a buffer that is used up.
        long skipped = owner.skip(length);
        if (skipped != length || (length == 0 && ++empty > MAX_EMPTY_BUFFERS)) {
          throw new IOException("skipped " + skipped + " of " + length + " bytes");
        }
        left -= length;
      }
      return new InboundFrame(parts, owner);
    } catch (IOException | RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  /** Bytes in the frame. */
  public int length() {
    return starts[slices.length];
  }

  public byte byteAt(int at) {
    check(at, 1);
    int slice = sliceOf(at);
    return slices[slice].get(at - starts[slice]);
  }

  /** Copies {@code length} bytes to {@code target} at its position, which moves behind them. */
  public void copyTo(int at, int length, ByteBuffer target) {
    check(at, length);
    int from = at;
    int end = at + length;
    for (int slice = sliceOf(from); from < end; slice++) {
      int count = Math.min(end, starts[slice + 1]) - from;
      target.put(target.position(), slices[slice], from - starts[slice], count);
      target.position(target.position() + count);
      from += count;
    }
  }

  /** A copy of {@code length} bytes. */
  public byte[] bytes(int at, int length) {
    check(at, length);
    byte[] copy = new byte[length];
    copyTo(at, length, ByteBuffer.wrap(copy));
    return copy;
  }

  /** Reads {@code count} little-endian float32 into {@code target[from ...]}. */
  public void readFloats(int at, float[] target, int from, int count) {
    check(at, Math.multiplyExact(count, Float.BYTES));
    Objects.checkFromIndexSize(from, count, target.length);
    int next = at;
    int to = from;
    int end = from + count;
    for (int slice = sliceOf(next); to < end; ) {
      int whole = Math.min(end - to, (starts[slice + 1] - next) / Float.BYTES);
      if (whole > 0) {
        rest(slice, next).asFloatBuffer().get(target, to, whole);
        to += whole;
        next += whole * Float.BYTES;
      }
      if (to < end && next < starts[slice + 1]) {
        target[to++] = Float.intBitsToFloat((int) straddling(next, Float.BYTES));
        next += Float.BYTES;
      }
      slice = to < end ? sliceFrom(slice, next) : slice;
    }
  }

  /** Reads {@code count} little-endian int64 into {@code target[from ...]}. */
  public void readLongs(int at, long[] target, int from, int count) {
    check(at, Math.multiplyExact(count, Long.BYTES));
    Objects.checkFromIndexSize(from, count, target.length);
    int next = at;
    int to = from;
    int end = from + count;
    for (int slice = sliceOf(next); to < end; ) {
      int whole = Math.min(end - to, (starts[slice + 1] - next) / Long.BYTES);
      if (whole > 0) {
        rest(slice, next).asLongBuffer().get(target, to, whole);
        to += whole;
        next += whole * Long.BYTES;
      }
      if (to < end && next < starts[slice + 1]) {
        target[to++] = straddling(next, Long.BYTES);
        next += Long.BYTES;
      }
      slice = to < end ? sliceFrom(slice, next) : slice;
    }
  }

  /** Gives the buffers back to the transport. Does nothing the second time. */
  @Override
  public void close() {
    if (!CLOSED.compareAndSet(this, false, true) || owner == null) {
      return;
    }
    try {
      owner.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release a frame", e);
    }
  }

  int slices() {
    return slices.length;
  }

  ByteBuffer slice(int index) {
    return slices[index];
  }

  static HoldfastException malformed(String what) {
    return new HoldfastException(
        ErrorCode.MALFORMED_FRAME,
        what + "; the sender and this side do not speak the same protocol");
  }

  private ByteBuffer rest(int slice, int at) {
    int from = at - starts[slice];
    return slices[slice].slice(from, slices[slice].limit() - from).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long straddling(int at, int bytes) {
    long value = 0;
    int slice = sliceOf(at);
    for (int i = 0; i < bytes; i++) {
      slice = sliceFrom(slice, at + i);
      value |= (slices[slice].get(at + i - starts[slice]) & 0xffL) << (8 * i);
    }
    return value;
  }

  private int sliceFrom(int slice, int at) {
    int found = slice;
    while (at >= starts[found + 1]) {
      found++;
    }
    return found;
  }

  private int sliceOf(int at) {
    int found = Arrays.binarySearch(starts, at);
    return found >= 0 ? found : -found - 2;
  }

  private void check(int at, int length) {
    if ((boolean) CLOSED.getOpaque(this)) {
      throw new IllegalStateException("the frame is closed");
    }
    Objects.checkFromIndexSize(at, length, length());
  }
}
