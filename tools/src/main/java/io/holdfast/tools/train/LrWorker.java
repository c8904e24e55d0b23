package io.holdfast.tools.train;

import io.holdfast.client.Job;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.HoldfastException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * One worker of distributed logistic regression: pull the weights of a mini-batch's features,
 * compute the gradient, push it, tick (Li et al., OSDI '14, algorithm 1 and 3). The update rule
 * runs on the server.
 *
 * <p><b>Pipeline.</b> The next batch is sorted out while a pull is under way, and pushes and ticks
 * are never waited for. Where the consistency model allows it, the next batch's weights are asked
 * for before this batch's gradient is computed: the pull does not wait for the push to be durable,
 * and the weights may be one batch older than the table's bound says.
 *
 * <p><b>State.</b> A worker that comes back goes on after the batch at which it last saved its
 * {@link Position}, and makes the pushes and ticks from there on for the same keys in the same
 * order, so under the seqs that they had; the servers drop those that they have (rule P14).
 */
final class LrWorker {
  private static final Future<Rows> NOTHING_PULLED = new CompletableFuture<>();

  private final LrSettings settings;
  private final Stripe stripe;
  private final Job job;
  private final int rank;
  private final TrainingProgress progress;
  private final MiniBatch.Batcher batcher;
  private volatile boolean stopped;

  LrWorker(LrSettings settings, Stripe stripe, Job job, int rank, TrainingProgress progress) {
    this.settings = settings;
    this.stripe = stripe;
    this.job = job;
    this.rank = rank;
    this.progress = progress;
    this.batcher = new MiniBatch.Batcher(stripe, settings.intercept(), settings.gradientL2());
  }

  /** Makes it leave the group after the batch that it is at. */
  void stop() {
    stopped = true;
  }

  /** Trains to the end and leaves the group. Blocks; an interrupt ends it. */
  void run() throws InterruptedException {
    try (Worker worker = job.join(WorkerId.of(rank, settings.workers()), Resume.IF_SAVED)) {
      settings.life().check(worker);
      Table weights =
          worker.table(settings.table(), settings.tableSpec(), settings.traffic().parsed());
      long start = 0;
      if (worker.savedState().isPresent()) {
        var saved = Position.decode(worker.savedState().get());
        start = saved.checkedAgainst(settings, stripe).batches();
      }
      progress.resumed(rank, stripe.examplesBefore(start));
      train(worker, weights, start);
      await(worker.flush());
      await(worker.leave());
    }
  }

  private void train(Worker worker, Table weights, long first) throws InterruptedException {
    long end =
        settings.pace().together()
            ? Long.MAX_VALUE
            : (long) settings.passes() * stripe.batchesPerPass();
    CompletableFuture<Integer> ticked = CompletableFuture.completedFuture(0);
    CompletableFuture<PushReceipt> pushed = new CompletableFuture<>();
    MiniBatch batch = first < end ? batcher.batch(first) : MiniBatch.EMPTY;
    Future<Rows> pulled = pull(weights, batch);
    var time = new WorkTime(settings.pace(), rank);
    for (long number = first; number < end && !stopped; number++) {
      MiniBatch next = number + 1 < end ? batcher.batch(number + 1) : MiniBatch.EMPTY;
      Future<Rows> ahead = settings.pullsAhead() ? pull(weights, next) : null;
      if (batch.size() > 0) {
        time.waits();
        Rows rows = await(pulled);
        time.works();
        float[] gradient = batch.gradient(rows.floats(), settings.intercept());
        if (pushed.isCompletedExceptionally()) {
          await(pushed);
        }
        pushed = weights.push(batch.keys(), gradient);
      }
      time.pause();
      progress.batchDone(rank, number + 1, batch.size(), batch.lossSum());
      progress.time(rank, time.takeWaited(), time.takePassed());
      if (endsClock(number)) {
        ticked = tick(worker, number);
      }
      pulled = ahead != null ? ahead : pull(weights, next);
      batch = next;
    }
    if (stopped && batch.size() > 0) {
      // Whoever is last is waited for by nobody, so this ends for each of them in turn.
      await(pulled);
    }
    await(ticked);
  }

  /** An empty batch, which only pads a pass, pulls nothing. */
  private static Future<Rows> pull(Table weights, MiniBatch batch) {
    return batch.size() == 0 ? NOTHING_PULLED : weights.pull(batch.keys());
  }

  private boolean endsClock(long number) {
    long inPass = number % stripe.batchesPerPass() + 1;
    return inPass % settings.tickEvery() == 0 || inPass == stripe.batchesPerPass();
  }

  /** Saves the state every so many clocks, and at the end of a pass. */
  private CompletableFuture<Integer> tick(Worker worker, long number) {
    long done = number + 1;
    boolean endsPass = done % stripe.batchesPerPass() == 0;
    boolean save = endsPass || (worker.clock() + 1) % settings.life().saveEvery() == 0;
    return save ? worker.tick(Position.after(done, settings, stripe).encode()) : worker.tick();
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
