package io.holdfast.wire;

import static io.holdfast.wire.FrameWriter.bytesSize;
import static io.holdfast.wire.FrameWriter.fieldSize;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A worker's ticks to several ranges of a node as one request, {@code Ticks}: a few bytes for each
 * range, or for all of them. Nothing else knows of it: what is grouped is told apart again when the
 * frame is read, and each tick has its own call number, its own seq and its own answer.
 */
final class TickGroup implements FramePart {
  private static final int REQUESTS = 2;
  private static final int BODY = 14;

  private final OutboundRequest.Tick first;
  private final int count;
  private final byte[] ranges;
  private final byte[] epochs;
  private final byte[] seqs;
  private final int body;

  private TickGroup(List<OutboundRequest> ticks) {
    first = (OutboundRequest.Tick) ticks.get(0);
    count = ticks.size();
    var numbers = new long[3][count];
    for (int i = 0; i < count; i++) {
      var tick = (OutboundRequest.Tick) ticks.get(i);
      numbers[0][i] = tick.header().range();
      numbers[1][i] = tick.header().epoch();
      numbers[2][i] = tick.seq();
    }
    ranges = DeltaRuns.encode(numbers[0], count);
    epochs = DeltaRuns.encode(numbers[1], count);
    seqs = DeltaRuns.encode(numbers[2], count);
    body =
        fieldSize(first.incarnation())
            + fieldSize(first.clock())
            + fieldSize(count)
            + bytesSize(ranges.length)
            + bytesSize(epochs.length)
            + bytesSize(seqs.length);
  }

  /** The parts of a frame of these requests, in their order. */
  static List<FramePart> parts(List<OutboundRequest> requests) {
    var parts = new ArrayList<FramePart>(requests.size());
    for (int from = 0; from < requests.size(); ) {
      int end = end(requests, from);
      parts.add(
          end - from > 1
              ? new TickGroup(requests.subList(from, end))
              : RequestWriter.part(requests.get(from)));
      from = end;
    }
    return parts;
  }

  private static int end(List<OutboundRequest> requests, int from) {
    int end = from + 1;
    if (requests.get(from) instanceof OutboundRequest.Tick tick) {
      while (end < requests.size()
          && requests.get(end) instanceof OutboundRequest.Tick next
          && next.incarnation() == tick.incarnation()
          && next.clock() == tick.clock()
          && next.header().call() == tick.header().call() + (end - from)) {
        end++;
      }
    }
    return end;
  }

  @Override
  public int size() {
    return bytesSize(messageSize());
  }

  @Override
  public void write(FrameWriter writer) throws IOException {
    writer.head(REQUESTS, messageSize());
    writer.field(1, first.header().call());
    writer.field(4, first.header().deadlineMillis());
    writer.head(BODY, body);
    writer.field(1, first.incarnation());
    writer.field(2, first.clock());
    writer.field(3, count);
    column(4, ranges, writer);
    column(5, epochs, writer);
    column(6, seqs, writer);
  }

  private static void column(int field, byte[] column, FrameWriter writer) throws IOException {
    writer.head(field, column.length);
    writer.bytes(column, 0, column.length);
  }

  private int messageSize() {
    return fieldSize(first.header().call())
        + fieldSize(first.header().deadlineMillis())
        + bytesSize(body);
  }

  /** Reads the body of a {@code Ticks}, whose bounds the cursor is before. */
  static final class Reader {
    private static final int INCARNATION = 1 << 3;
    private static final int CLOCK = 2 << 3;
    private static final int COUNT = 3 << 3;
    private static final int RANGES = 4 << 3 | FrameCursor.BYTES;
    private static final int EPOCHS = 5 << 3 | FrameCursor.BYTES;
    private static final int SEQS = 6 << 3 | FrameCursor.BYTES;

    private final InboundFrame frame;
    private int incarnation;
    private int clock;
    private long count;
    private byte[] ranges = {};
    private byte[] epochs = {};
    private byte[] seqs = {};

    Reader(InboundFrame frame) {
      this.frame = frame;
    }

    void read(FrameCursor cursor) {
      int outer = cursor.enter(cursor.length());
      while (cursor.hasNext()) {
        int tag = cursor.tag();
        switch (tag) {
          case INCARNATION -> incarnation = (int) cursor.varint();
          case CLOCK -> clock = (int) cursor.varint();
          case COUNT -> count = cursor.varint();
          case RANGES -> ranges = column(cursor);
          case EPOCHS -> epochs = column(cursor);
          case SEQS -> seqs = column(cursor);
          default -> cursor.skip(tag);
        }
      }
      cursor.leave(outer);
    }

    private byte[] column(FrameCursor cursor) {
      int length = cursor.length();
      byte[] bytes = frame.bytes(cursor.at(), length);
      cursor.pass(length);
      return bytes;
    }

    /** Adds the ticks to what is read already, as far as a frame may hold them. */
    void addTo(List<Request> requests, long call, int deadlineMillis) {
      if (count < 1 || count > ClientFrames.MAX_REQUESTS - requests.size()) {
        throw InboundFrame.malformed(
            Long.toUnsignedString(count) + " ticks in request " + call + " of a frame");
      }
      long[] range = numbers(ranges);
      long[] epoch = numbers(epochs);
      long[] seq = numbers(seqs);
      for (int i = 0; i < count; i++) {
        var header = new Request.Header(call + i, (int) range[i], (int) epoch[i], deadlineMillis);
        requests.add(new Request.Tick(header, incarnation, seq[i], clock));
      }
    }

    private long[] numbers(byte[] column) {
      var numbers = new long[(int) count];
      DeltaRuns.decode(column, numbers);
      return numbers;
    }
  }
}
