package io.holdfast.wire;

import static io.holdfast.wire.FrameWriter.bytesSize;
import static io.holdfast.wire.FrameWriter.fieldSize;

import java.io.IOException;

/** Requests in the form of {@code exchange.proto}; fields with their default are left out. */
final class RequestWriter {
  /** Field number of a pull's seed. */
  static final int SEED = 14;

  /** Field numbers of what it states of the others' clocks. */
  static final int NEEDED_CLOCK = 15;

  static final int CONSISTENCY_VERSION = 16;

  /** Field numbers of a push's rows. */
  static final int WHOLE_ROWS = 8;

  private static final int VALUES = 15;

  private static final int REQUESTS = 2;
  private static final int QUEUE = 20;

  private RequestWriter() {}

  /** Bytes in the frame, with tag and length. */
  static int size(OutboundRequest request) {
    return bytesSize(messageSize(request, bodySize(request)));
  }

  static FramePart part(OutboundRequest request) {
    return new FramePart() {
      @Override
      public int size() {
        return RequestWriter.size(request);
      }

      @Override
      public void write(FrameWriter writer) throws IOException {
        RequestWriter.write(request, writer);
      }
    };
  }

  static void write(OutboundRequest request, FrameWriter writer) throws IOException {
    int body = bodySize(request);
    Request.Header header = request.header();
    writer.head(REQUESTS, messageSize(request, body));
    writer.field(1, header.call());
    writer.field(2, header.range());
    writer.field(3, header.epoch());
    writer.field(4, header.deadlineMillis());
    if (request instanceof OutboundRequest.Push push) {
      writer.head(9, body);
      write(push, writer);
    } else if (request instanceof OutboundRequest.Pull pull) {
      writer.head(10, body);
      write(pull, writer);
    } else if (request instanceof OutboundRequest.Tick tick) {
      writer.head(11, body);
      writer.field(1, tick.incarnation());
      writer.field(2, tick.seq());
      writer.field(3, tick.clock());
    } else if (request instanceof OutboundRequest.Join join) {
      writer.head(8, body);
      writer.field(1, join.incarnation());
      writer.field(2, join.groupSize());
      writer.field(3, join.clock());
    } else if (request instanceof OutboundRequest.Save save) {
      writer.head(12, body);
      write(save, writer);
    } else if (request instanceof OutboundRequest.Leave leave) {
      writer.head(13, body);
      writer.field(1, leave.incarnation());
      writer.field(2, leave.clock());
    } else if (request instanceof OutboundRequest.Heartbeat heartbeat) {
      writer.head(7, body);
      writer.field(1, heartbeat.incarnation());
      writer.field(2, heartbeat.clock());
      writer.field(3, heartbeat.members());
    } else if (request instanceof OutboundRequest.Queue queue) {
      byte[] message = queue.message().toByteArray();
      writer.head(QUEUE, message.length);
      writer.bytes(message, 0, message.length);
    }
  }

  private static void write(OutboundRequest.Push push, FrameWriter writer) throws IOException {
    writer.field(1, push.incarnation());
    writer.field(2, push.seq());
    writer.field(3, push.clock());
    push.keys().write(writer);
    push.values().shape().write(writer);
    int values = push.values().byteLength();
    if (values > 0) {
      writer.head(push.values().areWholeRows() ? WHOLE_ROWS : VALUES, values);
      push.values().write(writer);
    }
  }

  private static void write(OutboundRequest.Pull pull, FrameWriter writer) throws IOException {
    writer.field(1, pull.incarnation());
    writer.field(2, pull.clock());
    writer.field(3, pull.ownSeq());
    // Keys last, which a reader must not rely on.
    writer.field(8, pull.anyClock());
    writer.field(9, pull.latest());
    pull.wanted().write(writer);
    if (pull.seed() != 0) {
      writer.fixed64(SEED, pull.seed());
    }
    writer.field(NEEDED_CLOCK, pull.need().clocks());
    writer.field(CONSISTENCY_VERSION, pull.need().version());
    pull.keys().write(writer);
  }

  private static void write(OutboundRequest.Save save, FrameWriter writer) throws IOException {
    writer.field(1, save.incarnation());
    writer.field(2, save.clock());
    if (save.state().length > 0) {
      writer.head(3, save.state().length);
      writer.bytes(save.state(), 0, save.state().length);
    }
    if (save.work() != null) {
      byte[] work = save.work().toByteArray();
      writer.head(4, work.length);
      writer.bytes(work, 0, work.length);
    }
  }

  private static int messageSize(OutboundRequest request, int body) {
    Request.Header header = request.header();
    int longTag = request instanceof OutboundRequest.Queue ? 1 : 0;
    return Math.addExact(
        fieldSize(header.call())
            + fieldSize(header.range())
            + fieldSize(header.epoch())
            + fieldSize(header.deadlineMillis())
            + longTag,
        bytesSize(body));
  }

  private static int bodySize(OutboundRequest request) {
    if (request instanceof OutboundRequest.Push push) {
      int values = push.values().byteLength();
      return Math.addExact(
          fieldSize(push.incarnation())
              + fieldSize(push.seq())
              + fieldSize(push.clock())
              + push.keys().size()
              + push.values().shape().size(),
          values == 0 ? 0 : bytesSize(values));
    }
    if (request instanceof OutboundRequest.Pull pull) {
      return fieldSize(pull.incarnation())
          + fieldSize(pull.clock())
          + fieldSize(pull.ownSeq())
          + fieldSize(pull.anyClock())
          + fieldSize(pull.latest())
          + pull.wanted().size()
          + (pull.seed() == 0 ? 0 : FrameWriter.fixed64Size())
          + fieldSize(pull.need().clocks())
          + fieldSize(pull.need().version())
          + (pull.need().version() == 0 ? 0 : 1) // its tag has two bytes
          + pull.keys().size();
    }
    if (request instanceof OutboundRequest.Tick tick) {
      return fieldSize(tick.incarnation()) + fieldSize(tick.seq()) + fieldSize(tick.clock());
    }
    if (request instanceof OutboundRequest.Join join) {
      return fieldSize(join.incarnation()) + fieldSize(join.groupSize()) + fieldSize(join.clock());
    }
    if (request instanceof OutboundRequest.Save save) {
      int state = save.state().length;
      return fieldSize(save.incarnation())
          + fieldSize(save.clock())
          + (state == 0 ? 0 : bytesSize(state))
          + (save.work() == null ? 0 : bytesSize(save.work().getSerializedSize()));
    }
    if (request instanceof OutboundRequest.Queue queue) {
      return queue.message().getSerializedSize();
    }
    if (request instanceof OutboundRequest.Heartbeat heartbeat) {
      return fieldSize(heartbeat.incarnation())
          + fieldSize(heartbeat.clock())
          + fieldSize(heartbeat.members());
    }
    var leave = (OutboundRequest.Leave) request;
    return fieldSize(leave.incarnation()) + fieldSize(leave.clock());
  }
}
