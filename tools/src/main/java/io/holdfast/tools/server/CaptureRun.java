package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.client.SavedSeqs;
import io.holdfast.coordination.Chains;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.replication.shard.CaptureWish;
import io.holdfast.replication.shard.CapturedState;
import io.holdfast.replication.shard.RangeCapture;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import io.holdfast.store.rows.StoreImage;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.v1.BeginCapture;
import io.holdfast.v1.CaptureNews;
import io.holdfast.v1.CapturedFile;
import io.holdfast.v1.CapturedImage;
import io.holdfast.v1.CapturedRange;
import io.holdfast.v1.CapturedWorker;
import io.holdfast.v1.Consistency;
import io.holdfast.v1.FrozenRanges;
import io.holdfast.v1.RefusedRange;
import io.holdfast.v1.SavedPosition;
import io.holdfast.wire.Failures;
import io.holdfast.wire.Statuses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of the Capture service: has ranges captured by their shards, makes images, and writes
 * those into the target. Whatever happens, captures and images are let go when it ends.
 *
 * <p>{@link #run} blocks; {@link #finish} and {@link #cancel} may be called by any thread.
 */
final class CaptureRun {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureRun.class);

  private final Node node;
  private final RowStore rows;
  private final ImageStorer storer;
  private final ServerCallStreamObserver<CaptureNews> to;
  private final List<CompletableFuture<RangeCapture>> asked = new ArrayList<>();
  private final List<Taken> taken = new ArrayList<>();
  private final List<StoreImage> images = new ArrayList<>();
  private @Nullable StoreImage together;
  private List<Integer> waiting = List.of();
  private boolean finished;
  private boolean cancelled;
  private @Nullable Thread runner;

  /** A range, as it is in one of the images. */
  private record Taken(RangeCapture capture, KeyRange keys, CapturedState state, int image) {}

  CaptureRun(
      Node node, RowStore rows, ImageStorer storer, ServerCallStreamObserver<CaptureNews> to) {
    this.node = node;
    this.rows = rows;
    this.storer = storer;
    this.to = to;
  }

  void run(BeginCapture begin) {
    try (var repository = open(begin)) {
      begin(begin);
      send(repository);
      to.onCompleted();
    } catch (CancellationException e) {
      LOG.info("snapshot {}: called off", begin.getName());
      fail(new HoldfastException(ErrorCode.CLOSED, "called off"));
    } catch (HoldfastException e) {
      fail(e);
    } catch (StoreException e) {
      boolean full = e.kind() == StoreException.Kind.DISK_FULL;
      fail(
          new HoldfastException(
              full ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
              String.valueOf(e.getMessage()),
              e));
    } catch (RuntimeException e) {
      LOG.error("snapshot {}: {}", begin.getName(), e.getMessage(), e);
      fail(new HoldfastException(ErrorCode.INTERNAL, String.valueOf(e), e));
    } finally {
      letGo();
    }
  }

  private void fail(HoldfastException why) {
    if (!to.isCancelled()) {
      to.onError(Statuses.toStatus(why));
    }
  }

  private void letGo() {
    List<CompletableFuture<RangeCapture>> all;
    synchronized (this) {
      runner = null;
      cancelled = true; // so is what a shard has not answered yet
      all = List.copyOf(asked);
    }
    var unused = Thread.interrupted(); // what called it off must not stop the tidying up
    var shared = together;
    if (shared != null) {
      shared.close();
    }
    for (var capture : all) {
      if (!capture.cancel(false) && !capture.isCompletedExceptionally()) {
        capture.join().close();
      }
    }
  }

  /** Home ranges that still wait for a state of a later clock wait no longer. */
  void finish() {
    List<Integer> ranges;
    synchronized (this) {
      finished = true;
      ranges = waiting;
    }
    hurry(ranges);
  }

  private void hurry(List<Integer> ranges) {
    for (int range : ranges) {
      var unused =
          node.shardOf(range)
              .ask(
                  shard -> {
                    shard.hurryCaptures(range);
                    return true;
                  });
    }
  }

  /** Nobody wants it any more. */
  synchronized void cancel() {
    cancelled = true;
    asked.forEach(capture -> capture.cancel(false));
    if (runner != null) {
      runner.interrupt();
    }
  }

  private synchronized void checkWanted() {
    if (cancelled) {
      throw new CancellationException();
    }
  }

  // ---- taking

  private void begin(BeginCapture begin) {
    synchronized (this) {
      runner = Thread.currentThread();
    }
    LOG.info("snapshot {}: taking ranges {}", begin.getName(), begin.getRangesList());
    node.catchUp();
    Integer clock = begin.getAtClock() ? begin.getClock() : null;
    var captures = capture(begin.getRangesList(), clock, clock != null);
    if (clock == null) {
      together(captures);
    } else {
      captures.forEach(this::inItsOwnImage);
    }
    to.onNext(
        CaptureNews.newBuilder()
            .setFrozen(
                FrozenRanges.newBuilder()
                    .addAllRanges(taken.stream().map(t -> t.capture().range()).toList())
                    .setBytes(ImageStorer.bytes(images)))
            .build());
  }

  /** Those that are not refused. */
  private List<RangeCapture> capture(List<Integer> ranges, @Nullable Integer clock, boolean image) {
    var answers = new LinkedHashMap<Integer, CompletableFuture<RangeCapture>>();
    for (int range : ranges) {
      answers.put(range, ask(new CaptureWish(range, clock, image)));
    }
    boolean hurried;
    synchronized (this) {
      waiting = List.copyOf(ranges);
      hurried = finished;
    }
    if (hurried) {
      hurry(ranges);
    }
    var captures = new ArrayList<RangeCapture>();
    answers.forEach(
        (range, answer) -> {
          var capture = await(range, answer);
          if (capture != null) {
            captures.add(capture);
          }
        });
    checkWanted();
    return captures;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // none is: it is among those that are asked
  private CompletableFuture<RangeCapture> ask(CaptureWish wish) {
    // The shard's own future is the one to cancel: it lets go of what it was to be completed with.
    var answer = new CompletableFuture<RangeCapture>();
    node.shardOf(wish.range())
        .ask(shard -> shard.capture(wish))
        .whenComplete(
            (capture, failed) -> {
              if (capture == null) {
                answer.completeExceptionally(failed);
                return;
              }
              synchronized (this) {
                asked.add(capture);
                if (cancelled) {
                  capture.cancel(false);
                }
              }
              capture.whenComplete(
                  (made, why) -> {
                    if (made == null) {
                      answer.completeExceptionally(why);
                    } else {
                      answer.complete(made);
                    }
                  });
            });
    return answer;
  }

  private @Nullable RangeCapture await(int range, CompletableFuture<RangeCapture> answer) {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof HoldfastException why) {
        to.onNext(
            CaptureNews.newBuilder()
                .setRefused(
                    RefusedRange.newBuilder().setRange(range).setFailure(Failures.toProto(why)))
                .build());
        return null;
      }
      throw e;
    }
  }

  /**
   * One image for all. A range may have had another checkpoint since; of a sequential table the
   * pushes that it held are those of the earlier one then, and it gets an image of its own.
   */
  private void together(List<RangeCapture> captures) {
    if (captures.isEmpty()) {
      return;
    }
    var image = rows.image();
    together = image;
    images.add(image);
    var again = new ArrayList<Integer>();
    for (var capture : captures) {
      var state = state(image, capture.range());
      if (state.lsn() != capture.lsn() && isSequential(capture.range())) {
        again.add(capture.range());
      } else {
        take(capture, state, 0);
      }
    }
    capture(again, null, true).forEach(this::inItsOwnImage);
  }

  private void inItsOwnImage(RangeCapture capture) {
    var image = capture.image();
    if (image == null) {
      throw new IllegalStateException("range " + capture.range() + " has no image");
    }
    images.add(image);
    take(capture, state(image, capture.range()), images.size() - 1);
  }

  private void take(RangeCapture capture, CapturedState state, int image) {
    var placed = Chains.existing(node.authority().state(), capture.range()).range();
    taken.add(new Taken(capture, new KeyRange(placed.getStart(), placed.getEnd()), state, image));
  }

  private static CapturedState state(StoreImage image, int range) {
    return image
        .metadata(range)
        .map(CapturedState::of)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.UNKNOWN_RANGE,
                    "range " + range + " has gone from this node: fetch the map again"));
  }

  private boolean isSequential(int range) {
    var table = Chains.existing(node.authority().state(), range).table();
    return table != null
        && table.getDefinition().getConsistency().getKind() == Consistency.Kind.SEQUENTIAL;
  }

  // ---- writing

  private Repository open(BeginCapture begin) {
    var options =
        RepositoryOptions.DEFAULT
            .withEndpoint(begin.getEndpoint())
            .withBytesPerSecond(begin.getBytesPerSecond());
    var repository = Repository.open(begin.getTarget(), options);
    if (!repository.id().equals(begin.getRepository())) {
      repository.close();
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          begin.getTarget()
              + " is another directory on node "
              + node.authority().node()
              + " than where the command runs: give one that all nodes share, or an object store");
    }
    return repository;
  }

  private void send(Repository repository) {
    var progress = new CaptureProgressSender(to, this::checkWanted);
    for (int number = 0; number < images.size(); number++) {
      to.onNext(
          CaptureNews.newBuilder()
              .setImage(
                  CapturedImage.newBuilder()
                      .setNumber(number)
                      .setNode(node.authority().node())
                      .setStoreId(storer.storeId())
                      .addAllFiles(storer.store(repository, images.get(number), progress)))
              .build());
    }
    for (var range : taken) {
      var image = images.get(range.image());
      to.onNext(
          CaptureNews.newBuilder()
              .setRange(describe(range, image, storer.hold(repository, image, range.capture())))
              .build());
    }
    storer.keepOnly(images);
  }

  private static CapturedRange describe(
      Taken range, StoreImage image, @Nullable CapturedFile held) {
    var state = range.state();
    int id = range.capture().range();
    var amount = image.amount(id, range.keys());
    var described =
        CapturedRange.newBuilder()
            .setRange(id)
            .setImage(range.image())
            .setLsn(state.lsn())
            .setRecordEpoch(state.recordEpoch())
            .setMinClock(state.minClock())
            .setAppliedClocks(state.appliedClocks())
            .setRoster(state.roster())
            .setRows(amount.rows())
            .setBytes(amount.bytes());
    for (var worker : state.workers()) {
      described.addWorkers(
          CapturedWorker.newBuilder()
              .setRank(worker.rank())
              .setIncarnation(worker.incarnation())
              .setSeq(worker.seq())
              .setClock(worker.clock())
              .setLeft(worker.left()));
    }
    for (var saved : state.saved()) {
      var seqs = SavedSeqs.of(saved.state()).orElse(new HashMap<>());
      described.addSaved(
          SavedPosition.newBuilder()
              .setRank(saved.rank())
              .setClock(saved.clock())
              .putAllSeqs(Map.copyOf(seqs)));
    }
    if (held != null) {
      described.setHeld(held);
    }
    return described.build();
  }
}
