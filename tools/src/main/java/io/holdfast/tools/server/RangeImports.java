package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.shard.RestoredRange;
import io.holdfast.store.log.LogException;
import io.holdfast.store.rows.StoreException;
import io.holdfast.v1.ImportProgress;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.PendingRestore;
import io.holdfast.v1.Range;
import io.holdfast.wire.Definitions;
import io.holdfast.wire.Statuses;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes this node's ranges of a restore out of a snapshot (rule P30): its files are fetched and
 * verified into a scratch directory, read, and deleted.
 *
 * <p>The caller's stream stays open until the caller ends it. Where that happens before the restore
 * is adopted, because the caller gave up or died, the restore is given up.
 */
final class RangeImports {
  private static final Logger LOG = LoggerFactory.getLogger(RangeImports.class);
  private static final int AGAIN_SECONDS = 5;

  private final Restoring restoring;
  private final SnapshotScratch scratch;
  private final NewRangeCarrier carrier;
  private final ExecutorService threads;
  private volatile boolean stopping;

  RangeImports(
      Restoring restoring,
      SnapshotScratch scratch,
      NewRangeCarrier carrier,
      ExecutorService threads) {
    this.restoring = restoring;
    this.scratch = scratch;
    this.carrier = carrier;
    this.threads = threads;
  }

  /** The node is stopping: others may go on with its ranges, so nothing is given up. */
  void stop() {
    stopping = true;
  }

  /** Returns at once; answers through {@code to}. */
  void begin(ImportRangesRequest request, ServerCallStreamObserver<ImportProgress> to) {
    to.setOnCancelHandler(() -> execute(() -> giveUp(request.getToken())));
    execute(() -> run(request, to));
  }

  private void execute(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("the node is stopping; its next start drops what was not adopted");
    }
  }

  private void giveUp(long token) {
    if (stopping) {
      return;
    }
    try {
      restoring.giveUp(token);
    } catch (HoldfastException e) {
      LOG.warn("a restore is not given up yet, and will be: {}", e.getMessage());
      CompletableFuture.delayedExecutor(AGAIN_SECONDS, TimeUnit.SECONDS, threads)
          .execute(() -> giveUp(token));
    }
  }

  /** What no other try makes good ends the restore, whether or not the caller lives to say so. */
  private void fail(
      ImportRangesRequest request,
      ServerCallStreamObserver<ImportProgress> to,
      HoldfastException why) {
    if (why.code() != ErrorCode.NOT_READY && why.code() != ErrorCode.UNAVAILABLE) {
      giveUp(request.getToken());
    }
    to.onError(Statuses.toStatus(why));
  }

  private void run(ImportRangesRequest request, ServerCallStreamObserver<ImportProgress> to) {
    try {
      importAll(request, to);
    } catch (CancellationException e) {
      LOG.info("a restore was given up while ranges were taken");
    } catch (HoldfastException e) {
      fail(request, to, e);
    } catch (StoreException e) {
      fail(request, to, failure(e.kind() == StoreException.Kind.DISK_FULL, e));
    } catch (LogException e) {
      fail(request, to, failure(e.kind() == LogException.Kind.DISK_FULL, e));
    } catch (RuntimeException e) {
      LOG.error("ranges cannot be taken from a snapshot: {}", e.getMessage(), e);
      fail(request, to, new HoldfastException(ErrorCode.INTERNAL, String.valueOf(e), e));
    }
  }

  private static HoldfastException failure(boolean isFull, RuntimeException e) {
    return new HoldfastException(
        isFull ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
        e.getMessage() + (isFull ? ", and restore again" : ""),
        e);
  }

  private void importAll(ImportRangesRequest request, ServerCallStreamObserver<ImportProgress> to) {
    long token = request.getToken();
    var ranges = restoring.own(token);
    var restore = restoring.restore(token);
    var specs = specs(restore);
    try (var images = scratch.open(request)) {
      images.require(ranges);
      // Ranges of the same image one after the other, so that each image is there once.
      var order = ranges.stream().sorted(Comparator.comparingInt(images::firstImage)).toList();
      int done = 0;
      for (var range : order) {
        requireWanted(to);
        images.fetch(
            range,
            bytes -> {
              requireWanted(to);
              send(to, progress(images, bytes, 0, ranges.size()));
            });
        install(images, restore, range, specs);
        done++;
        send(to, progress(images, images.fetchedBytes(), done, ranges.size()));
        images.release(order.subList(done, order.size()));
      }
      restoring.imported(token, ranges);
      send(
          to,
          progress(images, images.fetchedBytes(), done, ranges.size()).toBuilder()
              .setDone(true)
              .build());
    }
  }

  private static Map<Integer, TableSpec> specs(PendingRestore restore) {
    Map<Integer, TableSpec> specs = new HashMap<>();
    for (var table : restore.getTablesList()) {
      var spec = Definitions.fromProto(table.getDefinition());
      table.getRangesList().forEach(range -> specs.put(range.getId(), spec));
    }
    return specs;
  }

  private void install(
      SnapshotScratch.Images images,
      PendingRestore restore,
      Range range,
      Map<Integer, TableSpec> specs) {
    var spec = specs.get(range.getId());
    var keys = spec == null ? KeyRange.ALL : Definitions.fromProto(range);
    var restored =
        new RestoredRange(
            range.getId(),
            keys,
            spec == null ? Assignments.HOME : spec,
            () -> images.rows(range, keys),
            restore.getModelOnly() ? List.of() : images.held(range),
            restore.getModelOnly());
    try {
      carrier.install(restored).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void requireWanted(ServerCallStreamObserver<ImportProgress> to) {
    if (to.isCancelled()) {
      throw new CancellationException();
    }
  }

  private static void send(ServerCallStreamObserver<ImportProgress> to, ImportProgress progress) {
    if (!to.isCancelled()) {
      to.onNext(progress);
    }
  }

  private static ImportProgress progress(
      SnapshotScratch.Images images, long bytes, int ranges, int totalRanges) {
    return ImportProgress.newBuilder()
        .setBytes(bytes)
        .setTotalBytes(images.totalBytes())
        .setRanges(ranges)
        .setTotalRanges(totalRanges)
        .build();
  }
}
