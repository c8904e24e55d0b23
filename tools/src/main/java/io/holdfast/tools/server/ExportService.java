package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.replication.shard.RangeExport;
import io.holdfast.v1.ExportGrpc;
import io.holdfast.v1.ExportPart;
import io.holdfast.v1.ExportRequest;
import io.holdfast.v1.RowLayout;
import io.holdfast.v1.StateColumns;
import io.holdfast.v1.TableDefinition;
import io.holdfast.wire.Definitions;
import io.holdfast.wire.Statuses;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Rows of this node's replicas in bulk. Calls do not block the thread that they come on. */
final class ExportService extends ExportGrpc.ExportImplBase {
  private final Node node;
  private final Executor readers;

  /**
   * @param readers runs the reading of rows, which blocks
   */
  ExportService(Node node, Executor readers) {
    this.node = node;
    this.readers = readers;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // its end is the stream's
  public void rows(ExportRequest request, StreamObserver<ExportPart> to) {
    var stream =
        new ExportStream((ServerCallStreamObserver<ExportPart>) to, request.getState(), readers);
    KeyRange keys;
    try {
      keys = new KeyRange(request.getStart(), request.getEnd());
    } catch (IllegalArgumentException e) {
      stream.fail(
          new HoldfastException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()), e));
      return;
    }
    int range = request.getRange();
    CompletableFuture.runAsync(node::catchUp, readers)
        .thenCompose(fresh -> node.shardOf(range).ask(shard -> shard.export(range, keys)))
        .thenCompose(export -> export)
        .whenComplete((export, error) -> answer(stream, export, error));
  }

  @Override
  public void layout(TableDefinition request, StreamObserver<RowLayout> to) {
    RowLayout.Builder layout = RowLayout.newBuilder();
    try {
      for (var tensor : node.stateTensors(Definitions.fromProto(request))) {
        layout.addState(
            StateColumns.newBuilder().setName(tensor.name()).setWidth(tensor.width()).build());
      }
    } catch (HoldfastException e) {
      to.onError(Statuses.toStatus(e));
      return;
    }
    to.onNext(layout.build());
    to.onCompleted();
  }

  private void answer(
      ExportStream stream, @Nullable RangeExport export, @Nullable Throwable error) {
    if (export == null) {
      stream.fail(refusal(error));
      return;
    }
    try {
      stream.begin(node.authority().node(), export, node.stateTensors(export.spec()));
    } catch (HoldfastException e) {
      export.rows().close();
      stream.fail(e);
    }
  }

  private static HoldfastException refusal(@Nullable Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return cause instanceof HoldfastException known
        ? known
        : new HoldfastException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
  }
}
