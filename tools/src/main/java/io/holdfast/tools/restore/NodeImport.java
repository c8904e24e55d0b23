package io.holdfast.tools.restore;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ImportProgress;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.RestoreGrpc;
import io.holdfast.wire.Failures;
import io.holdfast.wire.Statuses;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One node's part of a restore: a stream that stays open until this is closed. */
final class NodeImport implements ClientResponseObserver<ImportRangesRequest, ImportProgress> {
  /** A node that has vanished is noticed after two of these. */
  private static final long KEEP_ALIVE_SECONDS = 5;

  private final NodeInfo node;
  private final ImportRangesRequest request;
  private final Runnable moved;
  private final ManagedChannel channel;
  private final CompletableFuture<Optional<HoldfastException>> ended = new CompletableFuture<>();
  private volatile ImportProgress last = ImportProgress.getDefaultInstance();
  private volatile @Nullable ClientCallStreamObserver<ImportRangesRequest> call;

  /**
   * @param moved told of progress
   */
  NodeImport(NodeInfo node, ImportRangesRequest request, Runnable moved) {
    this.node = node;
    this.request = request;
    this.moved = moved;
    this.channel =
        ManagedChannelBuilder.forTarget(node.getAddress())
            .usePlaintext()
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .build();
  }

  void begin() {
    RestoreGrpc.newStub(channel).importRanges(request, this);
  }

  /** Why the node could not take its ranges; null where it has. Blocks. */
  @Nullable HoldfastException await() {
    return ended.join().orElse(null);
  }

  long bytes() {
    return last.getBytes();
  }

  long totalBytes() {
    return last.getTotalBytes();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ImportRangesRequest> stream) {
    call = stream;
  }

  @Override
  public void onNext(ImportProgress progress) {
    last = progress;
    moved.run();
    if (progress.getDone()) {
      ended.complete(Optional.empty());
    }
  }

  @Override
  public void onError(Throwable failure) {
    var error = Statuses.fromThrowable(failure);
    ended.complete(
        Optional.of(
            error.code() == ErrorCode.UNAVAILABLE || error.code() == ErrorCode.CLOSED
                ? new HoldfastException(
                    ErrorCode.UNAVAILABLE,
                    "node "
                        + node.getNode()
                        + " at "
                        + node.getAddress()
                        + " does not answer: see 'status', and restore again",
                    error)
                : new HoldfastException(
                    error.code(),
                    "node "
                        + node.getNode()
                        + " at "
                        + node.getAddress()
                        + ": "
                        + Failures.text(error),
                    error)));
  }

  @Override
  public void onCompleted() {
    ended.complete(
        Optional.of(
            new HoldfastException(
                ErrorCode.UNAVAILABLE, "node " + node.getNode() + " has ended the restore")));
  }

  void close() {
    var stream = call;
    if (stream != null) {
      stream.cancel("the restore is over", null);
    }
    channel.shutdownNow();
  }
}
