package io.holdfast.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.holdfast.v1.Hello;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import io.holdfast.wire.KeyField.Encoding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code ClientFrame}: any order of fields, unknown ones skipped, of repeated ones the last
 * counts. Allocates nothing by a length that the frame does not really have.
 */
final class RequestReader {
  private static final int HELLO = 1 << 3 | FrameCursor.BYTES;
  private static final int REQUESTS = 2 << 3 | FrameCursor.BYTES;

  private static final int CALL = 1 << 3;
  private static final int RANGE = 2 << 3;
  private static final int EPOCH = 3 << 3;
  private static final int DEADLINE = 4 << 3;
  private static final int JOIN = 8 << 3 | FrameCursor.BYTES;
  private static final int PUSH = 9 << 3 | FrameCursor.BYTES;
  private static final int PULL = 10 << 3 | FrameCursor.BYTES;
  private static final int TICK = 11 << 3 | FrameCursor.BYTES;
  private static final int SAVE = 12 << 3 | FrameCursor.BYTES;
  private static final int LEAVE = 13 << 3 | FrameCursor.BYTES;
  private static final int TICKS = 14 << 3 | FrameCursor.BYTES;
  private static final int HEARTBEAT = 7 << 3 | FrameCursor.BYTES;

  private static final int QUEUE = 20 << 3 | FrameCursor.BYTES;

  private static final int RAW_KEYS = 6 << 3 | FrameCursor.BYTES;
  private static final int DELTA_KEYS = 7 << 3 | FrameCursor.BYTES;
  private static final int VALUES = 15 << 3 | FrameCursor.BYTES;
  private static final int WHOLE_ROWS = RequestWriter.WHOLE_ROWS << 3 | FrameCursor.BYTES;
  private static final int KEY_DIGEST = OutboundKeys.DIGEST << 3 | FrameCursor.FIXED64;
  private static final int SEED = RequestWriter.SEED << 3 | FrameCursor.FIXED64;
  private static final int STATE = 3 << 3 | FrameCursor.BYTES;
  private static final int WORK = 4 << 3 | FrameCursor.BYTES;

  private final InboundFrame frame;
  private final FrameCursor cursor;
  // Of the request being read.
  private long call;
  private int range;
  private int epoch;
  private int deadline;
  private int body;
  private final long[] numbers = new long[17];
  private boolean firstKey;
  private boolean digested;
  private long digest;
  private long seed;
  private int rawAt;
  private int rawLength;
  private int deltaAt;
  private int deltaLength;
  private int bulkAt;
  private int bulkLength;
  private boolean wholeRows;
  private TickGroup.Reader ticks;
  private @Nullable SavedWork work;
  private QueueRequest queue = QueueRequest.getDefaultInstance();

  RequestReader(InboundFrame frame) {
    this.frame = frame;
    this.cursor = new FrameCursor(frame);
    this.ticks = new TickGroup.Reader(frame);
  }

  ClientFrame read() {
    Hello hello = null;
    List<Request> requests = new ArrayList<>();
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      if (tag == REQUESTS) {
        if (requests.size() == ClientFrames.MAX_REQUESTS) {
          throw InboundFrame.malformed(
              "more than " + ClientFrames.MAX_REQUESTS + " requests in one frame");
        }
        var request = request();
        if (request == null) {
          ticks.addTo(requests, call, deadline);
        } else {
          requests.add(request);
        }
      } else if (tag == HELLO) {
        hello = hello();
      } else {
        cursor.skip(tag);
      }
    }
    return new ClientFrame(hello, requests);
  }

  private @Nullable Hello hello() {
    int length = cursor.length();
    byte[] bytes = frame.bytes(cursor.at(), length);
    cursor.pass(length);
    return ClientFrames.parseHello(bytes);
  }

  // Null where it is a group of ticks.
  private @Nullable Request request() {
    call = 0;
    range = 0;
    epoch = 0;
    deadline = 0;
    body = 0;
    int outer = cursor.enter(cursor.length());
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      switch (tag) {
        case CALL -> call = cursor.varint();
        case RANGE -> range = (int) cursor.varint();
        case EPOCH -> epoch = (int) cursor.varint();
        case DEADLINE -> deadline = (int) cursor.varint();
        case JOIN, PUSH, PULL, TICK, SAVE, LEAVE, HEARTBEAT -> body(tag);
        case TICKS -> {
          body = tag;
          ticks = new TickGroup.Reader(frame);
          ticks.read(cursor);
        }
        case QUEUE -> {
          body = tag;
          queue = parse(QueueRequest.parser());
        }
        default -> cursor.skip(tag);
      }
    }
    cursor.leave(outer);
    if (body == TICKS) {
      return null;
    }
    var header = new Request.Header(call, range, epoch, deadline);
    return switch (body) {
      case PUSH ->
          new Request.Push(
              header,
              integer(1),
              numbers[2],
              integer(3),
              keys(),
              bulkAt,
              bulkLength,
              shape(integer(ValueShape.PLAIN_LENGTH)),
              wholeRows);
      case PULL ->
          new Request.Pull(
              header,
              integer(1),
              integer(2),
              numbers[3],
              keys(),
              numbers[8] != 0,
              numbers[9] != 0,
              shape(0),
              seed,
              new Request.Need(
                  integer(RequestWriter.NEEDED_CLOCK), integer(RequestWriter.CONSISTENCY_VERSION)));
      case TICK -> new Request.Tick(header, integer(1), numbers[2], integer(3));
      case JOIN -> new Request.Join(header, integer(1), integer(2), integer(3));
      case SAVE -> new Request.Save(header, integer(1), integer(2), bulkAt, bulkLength, work);
      case LEAVE -> new Request.Leave(header, integer(1), integer(2));
      case HEARTBEAT -> new Request.Heartbeat(header, integer(1), integer(2), numbers[3] != 0);
      case QUEUE -> new Request.Queue(header, queue);
      default -> throw InboundFrame.malformed("request " + call + " asks for nothing known here");
    };
  }

  private ValueShape shape(int plainLength) {
    int format = integer(ValueShape.FORMAT);
    int compression = integer(ValueShape.COMPRESSION);
    boolean masked = numbers[ValueShape.MASK] != 0;
    return format == 0 && compression == 0 && !masked && plainLength == 0
        ? ValueShape.PLAIN
        : new ValueShape(format, compression, masked, plainLength);
  }

  // The bodies have their varints in the fields 1 to 16, and their bytes in fields of their own.
  private void body(int kind) {
    clear();
    body = kind;
    int outer = cursor.enter(cursor.length());
    boolean keyed = kind == PUSH || kind == PULL;
    while (cursor.hasNext()) {
      int tag = cursor.tag();
      int number = tag >>> 3;
      if ((tag & 7) == FrameCursor.VARINT && number < numbers.length) {
        numbers[number] = cursor.varint();
        firstKey |= keyed && number == 5;
      } else if (keyed && tag == RAW_KEYS) {
        rawLength = cursor.length();
        rawAt = cursor.at();
        cursor.pass(rawLength);
      } else if (keyed && tag == DELTA_KEYS) {
        deltaLength = cursor.length();
        deltaAt = cursor.at();
        cursor.pass(deltaLength);
      } else if (keyed && tag == KEY_DIGEST) {
        digested = true;
        digest = cursor.fixed64();
      } else if (kind == PULL && tag == SEED) {
        seed = cursor.fixed64();
      } else if ((kind == PUSH && (tag == VALUES || tag == WHOLE_ROWS))
          || (kind == SAVE && tag == STATE)) {
        wholeRows = tag == WHOLE_ROWS;
        bulkLength = cursor.length();
        bulkAt = cursor.at();
        cursor.pass(bulkLength);
      } else if (kind == SAVE && tag == WORK) {
        work = parse(SavedWork.parser());
      } else {
        cursor.skip(tag);
      }
    }
    cursor.leave(outer);
  }

  private void clear() {
    java.util.Arrays.fill(numbers, 0);
    firstKey = false;
    digested = false;
    digest = 0;
    seed = 0;
    rawAt = 0;
    rawLength = 0;
    deltaAt = 0;
    deltaLength = 0;
    bulkAt = 0;
    bulkLength = 0;
    wholeRows = false;
    work = null;
  }

  private <T> T parse(Parser<T> parser) {
    int length = cursor.length();
    byte[] bytes = frame.bytes(cursor.at(), length);
    cursor.pass(length);
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw InboundFrame.malformed("request " + call + " cannot be read: " + e.getMessage());
    }
  }

  private int integer(int number) {
    return (int) numbers[number];
  }

  // A count that the bytes cannot hold is refused here, so that nobody allocates by it.
  private KeyField keys() {
    int count = integer(4);
    long first = numbers[5];
    int forms = (firstKey ? 1 : 0) + (rawLength > 0 ? 1 : 0) + (deltaLength > 0 ? 1 : 0);
    if (digested && forms == 0 && count > 0) {
      return new KeyField(Encoding.DIGEST, count, 0, 0, 0, true, digest, null);
    }
    if (count < 0 || forms > 1 || (count > 0 && forms == 0)) {
      throw InboundFrame.malformed(
          Integer.toUnsignedString(count) + " keys in " + forms + " forms, in request " + call);
    }
    if (firstKey) {
      if (count > 0 && Long.compareUnsigned(first + (count - 1), first) < 0) {
        throw InboundFrame.malformed("the keys of request " + call + " go beyond 2^64");
      }
      return new KeyField(Encoding.CONTIGUOUS, count, first, 0, 0);
    }
    if (deltaLength > 0) {
      if (count == 0 || deltaLength < count || deltaLength > count * 10L) {
        throw keyBytes(count, deltaLength);
      }
      return new KeyField(Encoding.DELTA, count, 0, deltaAt, deltaLength, digested, digest, null);
    }
    if (rawLength != count * 8L) {
      throw keyBytes(count, rawLength);
    }
    return new KeyField(Encoding.RAW, count, 0, rawAt, rawLength, digested, digest, null);
  }

  private RuntimeException keyBytes(int count, int length) {
    return InboundFrame.malformed(count + " keys in " + length + " bytes, in request " + call);
  }
}
