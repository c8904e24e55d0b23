package io.holdfast.tools.server;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.plugin.StateTensor;
import io.holdfast.replication.shard.RangeExport;
import io.holdfast.store.rows.StoreException;
import io.holdfast.v1.ExportHead;
import io.holdfast.v1.ExportPart;
import io.holdfast.v1.StateColumns;
import io.holdfast.wire.Statuses;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One caller's export: reads on as the caller takes what was sent, on threads of the executor's, of
 * which it keeps none while it waits; lets go of the rows when the caller goes away.
 */
final class ExportStream {
  private static final Logger LOG = LoggerFactory.getLogger(ExportStream.class);
  private static final int READY_BYTES = 2 << 20;

  private final ServerCallStreamObserver<ExportPart> to;
  private final boolean state;
  private final Executor readers;
  private @Nullable RangeExport export;
  private @Nullable ExportChunks chunks;
  private boolean ended;

  ExportStream(ServerCallStreamObserver<ExportPart> to, boolean state, Executor readers) {
    this.to = to;
    this.state = state;
    this.readers = readers;
    to.setOnReadyThreshold(READY_BYTES);
    to.setOnReadyHandler(this::wake);
    to.setOnCancelHandler(this::end);
  }

  /** The rows are there, and are closed by this from now on. Does not block. */
  void begin(int node, RangeExport rows, List<StateTensor> tensors) {
    synchronized (this) {
      if (ended) {
        rows.rows().close();
        return;
      }
      export = rows;
      chunks = new ExportChunks(rows.rows(), state);
      var head =
          ExportHead.newBuilder()
              .setNode(node)
              .setLsn(rows.lsn())
              .setRecordEpoch(rows.recordEpoch())
              .setMinClock(rows.minClock())
              .setMaxClock(rows.maxClock())
              .setBytes(rows.rows().approximateBytes());
      for (var tensor : state ? tensors : List.<StateTensor>of()) {
        head.addState(StateColumns.newBuilder().setName(tensor.name()).setWidth(tensor.width()));
      }
      to.onNext(ExportPart.newBuilder().setHead(head).build());
    }
    wake();
  }

  private void wake() {
    try {
      readers.execute(this::send);
    } catch (RejectedExecutionException e) {
      fail(new HoldfastException(ErrorCode.UNAVAILABLE, "the node is stopping", e));
    }
  }

  private synchronized void send() {
    if (ended || chunks == null) {
      return;
    }
    try {
      while (to.isReady() && !to.isCancelled()) {
        ByteString chunk = chunks.next();
        if (chunk == null) {
          end();
          to.onCompleted();
          return;
        }
        to.onNext(ExportPart.newBuilder().setChunk(chunk).build());
      }
    } catch (StoreException e) {
      fail(new HoldfastException(ErrorCode.STORE_FAILED, String.valueOf(e.getMessage()), e));
    } catch (RuntimeException e) {
      LOG.warn("an export failed: {}", e.getMessage(), e);
      fail(new HoldfastException(ErrorCode.INTERNAL, String.valueOf(e), e));
    }
  }

  /** Tells the caller, unless it was told, and lets go. */
  synchronized void fail(HoldfastException error) {
    if (!ended) {
      end();
      to.onError(Statuses.toStatus(error));
    }
  }

  private synchronized void end() {
    ended = true;
    if (export != null) {
      export.rows().close();
      export = null;
      chunks = null;
    }
  }
}
