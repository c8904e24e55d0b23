package io.holdfast.tools.mf;

import io.holdfast.client.Job;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.HoldfastException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * One worker of the factorisation: pull the rows of a batch's users and items, compute their
 * gradients, push them, tick (Li et al., OSDI '14, algorithm 1). The update rule runs on the
 * server.
 *
 * <p><b>Pipeline.</b> A push is waited for {@value #UNANSWERED} batches later, a tick never, and
 * where the consistency allows it the next batch's rows are asked for before this batch's gradient
 * is computed: they may be one batch older than the table's bound says.
 *
 * <p><b>State.</b> What is saved is the number of batches done. A worker that comes back pushes
 * from there on for the same keys in the same order, so under the seqs that it had, and the servers
 * drop what they have (rule P14).
 */
final class MfWorker {
  private static final Future<Rows> NOTHING_PULLED = new CompletableFuture<>();

  /**
   * Pushes of its own that a worker leaves unanswered. Without a bound a worker of an eventual
   * table is far ahead of a server that is still warming up: its first hundred gradients are all
   * those of the initial rows, and AdaGrad's rate has shrunk before the first step of use.
   */
  private static final int UNANSWERED = 4;

  private final MfSettings settings;
  private final Share share;
  private final double mean;
  private final Job job;
  private final int rank;
  private final Listener listener;

  /** Told of what a worker has done; by that worker's thread. */
  interface Listener {
    /** The worker begins, after so many batches of before; 0: at the start. */
    void resumed(int rank, long batches);

    /**
     * A batch is done, and what it pushed is on its way.
     *
     * @param batches done, over all passes
     * @param ratings of this batch
     * @param squaredError their sum, with the rows that were pulled
     */
    void batchDone(int rank, long batches, int ratings, double squaredError);
  }

  /**
   * @param share this worker's ratings
   * @param mean of the ratings of all workers
   */
  MfWorker(MfSettings settings, Share share, double mean, Job job, int rank, Listener listener) {
    this.settings = settings;
    this.share = share;
    this.mean = mean;
    this.job = job;
    this.rank = rank;
    this.listener = listener;
  }

  /** Trains to the end and leaves the group. Blocks; an interrupt ends it. */
  void run() throws InterruptedException {
    try (Worker worker = job.join(WorkerId.of(rank, settings.workers()), Resume.IF_SAVED)) {
      settings.life().check(worker);
      Table factors = worker.table(MfSettings.TABLE, settings.table(), settings.filters());
      long first = worker.savedState().map(share::done).orElse(0L);
      listener.resumed(rank, first);
      train(worker, factors, first);
      await(worker.flush());
      await(worker.leave());
    }
  }

  private void train(Worker worker, Table factors, long first) throws InterruptedException {
    CompletableFuture<Integer> ticked = CompletableFuture.completedFuture(0);
    var unanswered = new ArrayDeque<CompletableFuture<PushReceipt>>();
    RatingBatch batch = share.batch(first);
    Future<Rows> pulled = pull(factors, batch);
    for (long done = first + 1; done <= share.batches(); done++) {
      RatingBatch next = share.batch(done);
      Future<Rows> ahead = settings.pullsAhead() ? pull(factors, next) : null;
      if (batch.size() > 0) {
        float[] rows = await(pulled).floats();
        float[] gradient =
            batch.gradient(rows, settings.width(), mean, settings.l2(), settings.averaged());
        if (unanswered.size() == UNANSWERED) {
          await(unanswered.remove());
        }
        unanswered.add(factors.push(batch.keys(), gradient));
      }
      boolean saves = done % share.batchesPerPass() == 0 || done % settings.life().saveEvery() == 0;
      ticked = saves ? worker.tick(share.state(done)) : worker.tick();
      listener.batchDone(rank, done, batch.size(), batch.squaredError());
      pulled = ahead != null ? ahead : pull(factors, next);
      batch = next;
    }
    await(ticked);
  }

  /** An empty batch, which only pads a pass, pulls nothing. */
  private static Future<Rows> pull(Table factors, RatingBatch batch) {
    return batch.size() == 0 ? NOTHING_PULLED : factors.pull(batch.keys());
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
