package io.holdfast.wire;

import java.nio.ByteBuffer;

/**
 * Reads the protobuf wire format of a frame from front to back, over its slices. Bounds are those
 * of the message that the cursor is in; whatever does not fit them is MALFORMED_FRAME.
 */
final class FrameCursor {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int START_GROUP = 3;
  static final int END_GROUP = 4;
  static final int FIXED32 = 5;

  private static final int MAX_GROUP_DEPTH = 32;

  private final InboundFrame frame;
  private int at;
  private int end;
  private int index = -1;
  private ByteBuffer slice = ByteBuffer.allocate(0);
  private int sliceStart;
  private int sliceEnd;

  FrameCursor(InboundFrame frame) {
    this.frame = frame;
    this.end = frame.length();
  }

  /** Offset of the next byte in the frame. */
  int at() {
    return at;
  }

  /** Whether the message goes on. */
  boolean hasNext() {
    return at < end;
  }

  /** Narrows the bounds to a message of {@code length} that starts here; returns the outer end. */
  int enter(int length) {
    int outer = end;
    end = at + length;
    return outer;
  }

  /** Restores the bounds that {@link #enter} gave, behind the inner message. */
  void leave(int outer) {
    if (at != end) {
      throw InboundFrame.malformed("a message at byte " + at + " does not end where it should");
    }
    end = outer;
  }

  /** The next field's tag, number and wire type. */
  int tag() {
    long tag = varint();
    if (tag >>> 32 != 0 || tag >>> 3 == 0) {
      throw InboundFrame.malformed("no field has the tag " + Long.toUnsignedString(tag));
    }
    return (int) tag;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      byte next = next();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw InboundFrame.malformed("a varint of more than ten bytes before byte " + at);
  }

  long fixed64() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      value |= (next() & 0xffL) << shift;
    }
    return value;
  }

  /** A length that the message has room for. */
  int length() {
    long length = varint();
    if (length < 0 || length > end - at) {
      throw InboundFrame.malformed(
          "a field of "
              + Long.toUnsignedString(length)
              + " bytes at byte "
              + at
              + " of a message that ends at "
              + end);
    }
    return (int) length;
  }

  /** Passes over bytes; {@code count} must have come from {@link #length}. */
  void pass(int count) {
    if (count > end - at) {
      throw InboundFrame.malformed("a field at byte " + at + " is cut off");
    }
    at += count;
  }

  /** Passes over a field that this side does not know. */
  void skip(int tag) {
    skip(tag, 0);
  }

  private void skip(int tag, int depth) {
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED64 -> pass(8);
      case BYTES -> pass(length());
      case START_GROUP -> skipGroup(tag, depth + 1);
      case FIXED32 -> pass(4);
      default -> throw InboundFrame.malformed("wire type " + (tag & 7) + " before byte " + at);
    }
  }

  private void skipGroup(int start, int depth) {
    if (depth > MAX_GROUP_DEPTH) {
      throw InboundFrame.malformed("groups are nested too deeply");
    }
    int close = (start & ~7) | END_GROUP;
    for (int inner = tag(); inner != close; inner = tag()) {
      skip(inner, depth);
    }
  }

  private byte next() {
    if (at >= end) {
      throw InboundFrame.malformed("a field is cut off at byte " + at);
    }
    while (at >= sliceEnd) {
      index++;
      slice = frame.slice(index);
      sliceStart = sliceEnd;
      sliceEnd += slice.limit();
    }
    return slice.get(at++ - sliceStart);
  }
}
