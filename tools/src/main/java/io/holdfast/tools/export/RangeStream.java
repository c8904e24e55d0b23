package io.holdfast.tools.export;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ExportGrpc;
import io.holdfast.v1.ExportPart;
import io.holdfast.v1.ExportRequest;
import io.holdfast.wire.Statuses;
import java.util.Iterator;
import java.util.function.Consumer;

/** The answer of one replica to a call for its rows. */
final class RangeStream {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private RangeStream() {}

  /** The replica has not answered to the end; another one may. */
  static final class Broken extends Exception {
    private static final long serialVersionUID = 1;

    private final HoldfastException why;

    Broken(HoldfastException why) {
      super(why);
      this.why = why;
    }

    HoldfastException why() {
      return why;
    }
  }

  /**
   * Asks, and hands on part after part. Blocks to the end; where the consumer throws, the replica
   * is told to stop.
   *
   * @throws HoldfastException what no replica would answer otherwise
   */
  static void read(ManagedChannel channel, ExportRequest request, Consumer<ExportPart> parts)
      throws Broken {
    channel.resetConnectBackoff();
    Context.CancellableContext call = Context.current().withCancellation();
    Context before = call.attach();
    try {
      Iterator<ExportPart> answer =
          ExportGrpc.newBlockingStub(channel)
              .withMaxInboundMessageSize(MAX_MESSAGE_BYTES)
              .rows(request);
      while (hasNext(answer)) {
        parts.accept(answer.next());
      }
    } finally {
      call.detach(before);
      call.cancel(null);
    }
  }

  private static boolean hasNext(Iterator<ExportPart> answer) throws Broken {
    try {
      return answer.hasNext();
    } catch (StatusRuntimeException e) {
      HoldfastException error = Statuses.fromThrowable(e);
      if (error.code() == ErrorCode.INVALID_ARGUMENT) {
        throw error;
      }
      if (error.code() == ErrorCode.UNSUPPORTED_PROTOCOL) {
        throw new HoldfastException(
            ErrorCode.UNSUPPORTED_PROTOCOL,
            "a node of the cluster is of an older release, which exports nothing: bring it up to"
                + " date",
            e);
      }
      throw new Broken(error);
    }
  }
}
