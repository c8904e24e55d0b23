package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.store.rows.RowStore;
import io.holdfast.v1.CaptureGrpc;
import io.holdfast.v1.CaptureNews;
import io.holdfast.v1.CaptureOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Writes ranges of this node into snapshots (rule P29). Each call has a thread of its own, which
 * ends with it; to be closed before the shards and the store.
 */
final class CaptureService extends CaptureGrpc.CaptureImplBase implements AutoCloseable {
  private static final int CLOSE_SECONDS = 10;

  private final Node node;
  private final RowStore rows;
  private final ImageStorer storer;
  private final Set<CaptureRun> running = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> Thread.ofPlatform().name("holdfast-capture").daemon().unstarted(task));

  /**
   * @param storeId of this node
   */
  CaptureService(Node node, RowStore rows, String storeId) {
    this.node = node;
    this.rows = rows;
    this.storer = new ImageStorer(storeId);
  }

  @Override
  public StreamObserver<CaptureOrder> take(StreamObserver<CaptureNews> to) {
    var call = (ServerCallStreamObserver<CaptureNews>) to;
    var run = new CaptureRun(node, rows, storer, call);
    call.setOnCancelHandler(run::cancel);
    return new StreamObserver<>() {
      @Override
      public void onNext(CaptureOrder order) {
        switch (order.getOrderCase()) {
          case BEGIN -> start(run, order);
          case FINISH -> run.finish();
          case ORDER_NOT_SET -> {}
        }
      }

      @Override
      public void onError(Throwable thrown) {
        run.cancel();
      }

      @Override
      public void onCompleted() {
        // There is no further order; what was begun goes on.
      }
    };
  }

  private void start(CaptureRun run, CaptureOrder order) {
    running.add(run);
    try {
      threads.execute(
          () -> {
            try {
              run.run(order.getBegin());
            } finally {
              running.remove(run);
            }
          });
    } catch (RejectedExecutionException e) {
      running.remove(run); // The node is stopping, which ends the call.
    }
  }

  /** Calls off what is under way, and waits until its images are removed. */
  @Override
  public void close() {
    threads.shutdown();
    running.forEach(CaptureRun::cancel);
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
