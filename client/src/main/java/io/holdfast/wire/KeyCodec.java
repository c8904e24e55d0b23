package io.holdfast.wire;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Keys on the wire: little-endian uint64, or LEB128 varints of the first key and then of each key
 * less its predecessor. Sorted keys of a skewed id space lie close together, so most differences
 * take one byte or two.
 */
public final class KeyCodec {
  private static final long CONTINUATIONS = 0x8080808080808080L;
  private static final int MAX_VARINT_BYTES = 10;

  private KeyCodec() {}

  /** Bytes that {@link #encodeDeltas} will write; at most ten per key. */
  public static int deltaLength(long[] keys, int from, int to) {
    Objects.checkFromToIndex(from, to, keys.length);
    long length = 0;
    long previous = 0;
    for (int i = from; i < to; i++) {
      length += FrameWriter.varintSize(keys[i] - previous);
      previous = keys[i];
    }
    return Math.toIntExact(length);
  }

  /**
   * Encodes strictly ascending keys.
   *
   * @param out of {@link #deltaLength} bytes at least
   * @return bytes written
   */
  public static int encodeDeltas(long[] keys, int from, int to, byte[] out) {
    Objects.checkFromToIndex(from, to, keys.length);
    int at = 0;
    long previous = 0;
    for (int i = from; i < to; i++) {
      long delta = keys[i] - previous;
      previous = keys[i];
      while ((delta & ~0x7fL) != 0) {
        out[at++] = (byte) (delta | 0x80);
        delta >>>= 7;
      }
      out[at++] = (byte) delta;
    }
    return at;
  }

  /**
   * Decodes {@code count} keys that take exactly {@code length} bytes at {@code at}.
   *
   * @throws HoldfastException MALFORMED_FRAME where the bytes are cut off, overlong or left over;
   *     KEYS_NOT_ASCENDING where a key is not above its predecessor
   */
  public static void decodeDeltas(ByteBuffer source, int at, int length, long[] keys, int count) {
    Objects.checkFromIndexSize(at, length, source.limit());
    Objects.checkFromIndexSize(0, count, keys.length);
    ByteBuffer bytes = littleEndian(source);
    int end = at + length;
    int next = at;
    long key = 0;
    int i = 0;
    if (count > 0) {
      // The first key may be 0; every later difference may not.
      next = firstKey(bytes, next, end, keys);
      key = keys[0];
      i = 1;
    }
    while (i < count) {
      if (end - next < Long.BYTES || count - i < Long.BYTES) {
        int stop = slowKey(bytes, next, end, key, keys, i);
        key = keys[i++];
        next = stop;
        continue;
      }
      long word = bytes.getLong(next);
      long continued = word & CONTINUATIONS;
      if (continued == 0) {
        key = eightKeys(word, key, keys, i);
        i += Long.BYTES;
        next += Long.BYTES;
      } else {
        // As many bytes as the first key in the word has; beyond eight take the slow way.
        int size = (Long.numberOfTrailingZeros(~word & CONTINUATIONS) >>> 3) + 1;
        if (size > 2) {
          next = slowKey(bytes, next, end, key, keys, i);
          key = keys[i++];
          continue;
        }
        long delta = size == 1 ? word & 0x7f : (word & 0x7f) | (word >>> 1 & 0x3f80);
        if (size == 2 && delta < 0x80) {
          throw overlong(next);
        }
        key = ascend(key, delta, i);
        keys[i++] = key;
        next += size;
      }
    }
    if (next != end) {
      throw InboundFrame.malformed((end - next) + " bytes are left over behind the keys");
    }
  }

  /**
   * Decodes {@code count} keys of eight bytes.
   *
   * @throws HoldfastException MALFORMED_FRAME where {@code length} does not suit;
   *     KEYS_NOT_ASCENDING
   */
  public static void decodeRaw(ByteBuffer source, int at, int length, long[] keys, int count) {
    Objects.checkFromIndexSize(at, length, source.limit());
    Objects.checkFromIndexSize(0, count, keys.length);
    if (length != (long) count * Long.BYTES) {
      throw InboundFrame.malformed(count + " keys do not take " + length + " bytes");
    }
    source.slice(at, length).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(keys, 0, count);
    int fault = firstNotAscending(keys, 0, count);
    if (fault < count) {
      throw notAscending(fault);
    }
  }

  /** Index of the first key that is not above its predecessor, unsigned; {@code to} where none. */
  public static int firstNotAscending(long[] keys, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      if (keys[i - 1] + Long.MIN_VALUE >= keys[i] + Long.MIN_VALUE) {
        return i;
      }
    }
    return to;
  }

  private static int firstKey(ByteBuffer bytes, int at, int end, long[] keys) {
    int size = varintLength(bytes, at, end);
    keys[0] = varint(bytes, at, size);
    return at + size;
  }

  private static int slowKey(ByteBuffer bytes, int at, int end, long key, long[] keys, int i) {
    int size = varintLength(bytes, at, end);
    keys[i] = ascend(key, varint(bytes, at, size), i);
    return at + size;
  }

  private static long eightKeys(long word, long before, long[] keys, int i) {
    long key = before;
    long left = word;
    for (int j = 0; j < Long.BYTES; j++) {
      key = ascend(key, left & 0x7f, i + j);
      keys[i + j] = key;
      left >>>= 8;
    }
    return key;
  }

  private static long ascend(long key, long delta, int index) {
    long next = key + delta;
    // Equal for a difference of 0, below for one that passes 2^64.
    if (Long.compareUnsigned(next, key) <= 0) {
      throw notAscending(index);
    }
    return next;
  }

  private static int varintLength(ByteBuffer bytes, int at, int end) {
    int limit = Math.min(end, at + MAX_VARINT_BYTES);
    for (int i = at; i < limit; i++) {
      if (bytes.get(i) >= 0) {
        return i - at + 1;
      }
    }
    if (limit == end) {
      throw InboundFrame.malformed("a key is cut off at byte " + end);
    }
    throw overlong(at);
  }

  private static long varint(ByteBuffer bytes, int at, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (bytes.get(at + i) & 0x7fL) << (7 * i);
    }
    int last = bytes.get(at + size - 1);
    if ((size > 1 && last == 0) || (size == MAX_VARINT_BYTES && last > 1)) {
      throw overlong(at);
    }
    return value;
  }

  private static ByteBuffer littleEndian(ByteBuffer source) {
    return source.order() == ByteOrder.LITTLE_ENDIAN
        ? source
        : source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static HoldfastException overlong(int at) {
    return InboundFrame.malformed("the key at byte " + at + " takes more bytes than it needs");
  }

  private static HoldfastException notAscending(int index) {
    return new HoldfastException(
        ErrorCode.KEYS_NOT_ASCENDING,
        "key "
            + index
            + " of the request is not above the one before it; sort the keys and combine"
            + " those that are equal");
  }
}
