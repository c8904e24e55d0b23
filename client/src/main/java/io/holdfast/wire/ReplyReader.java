package io.holdfast.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.holdfast.v1.Failure;
import io.holdfast.v1.GroupNow;
import io.holdfast.v1.Joined;
import io.holdfast.v1.QueueReply;
import io.holdfast.v1.Welcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads {@code ServerFrame}: any order of fields, unknown ones skipped, of repeated ones the last
 * counts.
 */
final class ReplyReader {
  private static final int WELCOME = 1 << 3 | FrameCursor.BYTES;
  private static final int REPLIES = 2 << 3 | FrameCursor.BYTES;
  private static final int FAILURE = 3 << 3 | FrameCursor.BYTES;

  private static final int CALL = 1 << 3;
  private static final int FAILED = 7 << 3 | FrameCursor.BYTES;
  private static final int JOINED = 8 << 3 | FrameCursor.BYTES;
  private static final int PUSHED = 9 << 3 | FrameCursor.BYTES;
  private static final int PULLED = 10 << 3 | FrameCursor.BYTES;
  private static final int TICKED = 11 << 3 | FrameCursor.BYTES;
  private static final int SAVED = 12 << 3 | FrameCursor.BYTES;
  private static final int LEFT = 13 << 3 | FrameCursor.BYTES;
  private static final int TICKS_DONE = 14 << 3 | FrameCursor.BYTES;
  private static final int GROUP = 6 << 3 | FrameCursor.BYTES;
  private static final int QUEUE = 20 << 3 | FrameCursor.BYTES;
  private static final int VALUES = 15 << 3 | FrameCursor.BYTES;

  private final InboundFrame frame;
  private final FrameCursor cursor;
  // Of the body being read.
  private final long[] numbers = new long[15];
  private int bytesAt;
  private int bytesLength;

  ReplyReader(InboundFrame frame) {
    this.frame = frame;
    this.cursor = new FrameCursor(frame);
  }

  ServerFrame read() {
    Welcome welcome = null;
    Failure failure = null;
    List<Reply> replies = new ArrayList<>();
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      switch (tag) {
        case REPLIES -> {
          if (replies.size() == ServerFrames.MAX_REPLIES) {
            throw InboundFrame.malformed(
                "more than " + ServerFrames.MAX_REPLIES + " replies in one frame");
          }
          reply(replies);
        }
        case WELCOME -> {
          bytes();
          welcome = parse(Welcome.parser());
        }
        case FAILURE -> {
          bytes();
          failure = parse(Failure.parser());
        }
        default -> cursor.skip(tag);
      }
    }
    return new ServerFrame(welcome, failure == null ? null : Failures.fromProto(failure), replies);
  }

  private void reply(List<Reply> into) {
    long call = 0;
    int body = 0;
    int length = cursor.length();
    int outer = cursor.enter(length);
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      switch (tag) {
        case CALL -> call = cursor.varint();
        case FAILED, JOINED, GROUP, QUEUE -> {
          body = tag;
          bytes();
        }
        case TICKS_DONE -> {
          body = tag;
          TicksDone.read(frame, cursor, into);
        }
        case PUSHED, PULLED, TICKED, SAVED, LEFT -> {
          body = tag;
          body();
        }
        default -> cursor.skip(tag);
      }
    }
    cursor.leave(outer);
    if (body != TICKS_DONE) {
      into.add(reply(call, body, length));
    }
  }

  private Reply reply(long call, int body, int length) {
    return switch (body) {
      case PUSHED -> new Reply.Pushed(call, numbers[1], numbers[2] != 0);
      case PULLED ->
          new Reply.Pulled(
              call,
              (int) numbers[1],
              numbers[2],
              (int) numbers[3],
              bytesAt,
              bytesLength,
              new ValueShape(
                  (int) numbers[ValueShape.FORMAT],
                  (int) numbers[ValueShape.COMPRESSION],
                  numbers[ValueShape.MASK] != 0,
                  (int) numbers[ValueShape.PLAIN_LENGTH]),
              FrameWriter.bytesSize(length));
      case TICKED -> new Reply.Ticked(call, numbers[1], numbers[2] != 0);
      case SAVED -> new Reply.Saved(call, numbers[1]);
      case LEFT -> new Reply.Left(call, numbers[1]);
      case FAILED -> new Reply.Failed(call, Failures.fromProto(parse(Failure.parser())));
      case GROUP -> new Reply.Group(call, parse(GroupNow.parser()));
      case JOINED -> joined(call, parse(Joined.parser()));
      case QUEUE -> new Reply.Queue(call, parse(QueueReply.parser()));
      default -> throw InboundFrame.malformed("the reply to " + call + " says nothing known here");
    };
  }

  private static Reply joined(long call, Joined joined) {
    return new Reply.Joined(
        call,
        joined.getIncarnation(),
        joined.getLastSeq(),
        joined.getClock(),
        joined.getSavedClock(),
        joined.getHasSavedState() ? joined.getSavedState().toByteArray() : null,
        joined.getBaseSeq(),
        joined.getGroupSize());
  }

  private void body() {
    Arrays.fill(numbers, 0);
    bytesAt = 0;
    bytesLength = 0;
    int outer = cursor.enter(cursor.length());
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      int number = tag >>> 3;
      if ((tag & 7) == FrameCursor.VARINT && number < numbers.length) {
        numbers[number] = cursor.varint();
      } else if (tag == VALUES) {
        bytes();
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }

  private void bytes() {
    bytesLength = cursor.length();
    bytesAt = cursor.at();
    cursor.pass(bytesLength);
  }

  private <T> T parse(Parser<T> parser) {
    try {
      return parser.parseFrom(frame.bytes(bytesAt, bytesLength));
    } catch (InvalidProtocolBufferException e) {
      throw InboundFrame.malformed("a message that cannot be read: " + e.getMessage());
    }
  }
}
