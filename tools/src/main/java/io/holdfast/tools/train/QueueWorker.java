package io.holdfast.tools.train;

import io.holdfast.client.Job;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Shard;
import io.holdfast.client.Table;
import io.holdfast.client.WorkQueue;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.HoldfastException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * As {@link LrWorker}, with data that are not its own: it takes shards from the job's work queue,
 * trains on each, and saves that it is done with the tick at its end.
 *
 * <p>A worker that finds nothing to be had while others are at their last shards stays, as one of
 * them may be lost and its shards come back. It goes on ticking, so that nobody waits for it, no
 * faster than the table's consistency lets it: each of its clocks pulls a row and ends with a saved
 * state.
 */
final class QueueWorker {
  private static final String QUEUE = "train";

  private final LrSettings settings;
  private final Examples examples;
  private final Job job;
  private final int rank;
  private final TrainingProgress progress;
  private final int batchesPerShard;
  private long batchesDone;

  /**
   * @param examples all of the job's
   */
  QueueWorker(
      LrSettings settings, Examples examples, Job job, int rank, TrainingProgress progress) {
    this.settings = settings;
    this.examples = examples;
    this.job = job;
    this.rank = rank;
    this.progress = progress;
    this.batchesPerShard = Stripe.ofShared(examples, settings, 0).batchesPerPass();
  }

  /** Trains until the queue has no more for it, and leaves the group. Blocks. */
  void run() throws InterruptedException {
    try (Worker worker = job.join(WorkerId.of(rank, settings.workers()), Resume.IF_SAVED)) {
      settings.life().check(worker);
      Table weights =
          worker.table(settings.table(), settings.tableSpec(), settings.traffic().parsed());
      WorkQueue queue = worker.queue(QUEUE, settings.sharing().queueShards(), settings.passes());
      var held = new ArrayDeque<Shard>(queue.held());
      int first = 0;
      if (worker.savedState().isPresent()) {
        int saved = resumeAt(Position.decode(worker.savedState().get()));
        first = held.isEmpty() ? 0 : saved; // who was away has no shard to go on with
      }
      while (!queue.isExhausted()) {
        Optional<Shard> shard =
            held.isEmpty() ? await(queue.take()) : Optional.of(held.removeFirst());
        if (shard.isPresent()) {
          train(worker, weights, shard.get(), first);
        } else if (!queue.isExhausted()) {
          await(weights.pull(new long[] {LinearModel.INTERCEPT_KEY}));
          await(worker.tick(state(0)));
        }
        first = 0;
      }
      await(worker.flush());
      await(worker.leave());
    }
  }

  private int resumeAt(Position position) {
    position.checkedAgainst(settings, batchesPerShard);
    return (int) position.batches();
  }

  private byte[] state(int batchesOfShard) {
    return Position.after(batchesOfShard, settings, batchesPerShard).encode();
  }

  private void train(Worker worker, Table weights, Shard shard, int first)
      throws InterruptedException {
    Stripe stripe = Stripe.ofShared(examples, settings, shard.index());
    var batcher = new MiniBatch.Batcher(stripe, settings.intercept(), settings.gradientL2());
    long before = (long) shard.pass() * batchesPerShard;
    CompletableFuture<PushReceipt> pushed = CompletableFuture.completedFuture(null);
    CompletableFuture<Integer> ticked = CompletableFuture.completedFuture(0);
    for (int number = first; number < batchesPerShard; number++) {
      MiniBatch batch = batcher.batch(before + number);
      if (batch.size() > 0) {
        Rows rows = await(weights.pull(batch.keys()));
        if (pushed.isCompletedExceptionally()) {
          await(pushed);
        }
        pushed = weights.push(batch.keys(), batch.gradient(rows.floats(), settings.intercept()));
      }
      progress.batchDone(rank, ++batchesDone, batch.size(), batch.lossSum());
      int done = number + 1;
      if (done == batchesPerShard) {
        shard.done();
        ticked = worker.tick(state(0));
      } else if (done % ((long) settings.life().saveEvery() * settings.tickEvery()) == 0) {
        ticked = worker.tick(state(done));
      } else if (done % settings.tickEvery() == 0) {
        ticked = worker.tick();
      }
    }
    await(ticked);
  }

  private static <T> T await(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HoldfastException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
