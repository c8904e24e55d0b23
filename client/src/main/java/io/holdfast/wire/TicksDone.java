package io.holdfast.wire;

import static io.holdfast.wire.FrameWriter.bytesSize;
import static io.holdfast.wire.FrameWriter.fieldSize;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The answers to ticks that were committed together, as one. */
final class TicksDone implements FramePart {
  private static final int REPLIES = 2;
  private static final int BODY = 14;
  private static final int COUNT = 1 << 3;
  private static final int CALLS = 2 << 3 | FrameCursor.BYTES;

  private final int count;
  private final byte[] calls;
  private final int body;

  private TicksDone(long[] answered) {
    count = answered.length;
    calls = DeltaRuns.encode(answered, count);
    body = fieldSize(count) + bytesSize(calls.length);
  }

  /** The parts of a frame of these replies, in any order. */
  static List<FramePart> parts(List<OutboundReply> replies) {
    long[] answered =
        replies.stream()
            .filter(TicksDone::isPlain)
            .mapToLong(OutboundReply::call)
            .sorted()
            .toArray();
    var parts = new ArrayList<FramePart>();
    for (OutboundReply reply : replies) {
      if (answered.length < 2 || !isPlain(reply)) {
        parts.add(new ReplyWriter(reply));
      }
    }
    if (answered.length >= 2) {
      parts.add(new TicksDone(answered));
    }
    return parts;
  }

  private static boolean isPlain(OutboundReply reply) {
    return reply instanceof OutboundReply.Ticked ticked && !ticked.duplicate();
  }

  @Override
  public int size() {
    return bytesSize(bytesSize(body));
  }

  @Override
  public void write(FrameWriter writer) throws IOException {
    writer.head(REPLIES, bytesSize(body));
    writer.head(BODY, body);
    writer.field(1, count);
    writer.head(2, calls.length);
    writer.bytes(calls, 0, calls.length);
  }

  /** Reads the body, whose bounds the cursor is before: adds an answer for each of the ticks. */
  static void read(InboundFrame frame, FrameCursor cursor, List<Reply> into) {
    long count = 0;
    byte[] calls = {};
    int outer = cursor.enter(cursor.length());
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      switch (tag) {
        case COUNT -> count = cursor.varint();
        case CALLS -> {
          int length = cursor.length();
          calls = frame.bytes(cursor.at(), length);
          cursor.pass(length);
        }
        default -> cursor.skip(tag);
      }
    }
    cursor.leave(outer);
    if (count < 1 || count > ServerFrames.MAX_REPLIES - into.size()) {
      throw InboundFrame.malformed(Long.toUnsignedString(count) + " ticks answered in one frame");
    }
    var numbers = new long[(int) count];
    DeltaRuns.decode(calls, numbers);
    for (long call : numbers) {
      into.add(new Reply.Ticked(call, 0, false));
    }
  }
}
