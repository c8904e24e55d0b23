package io.holdfast.tools.compare;

import io.holdfast.client.Holdfast;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.filter.Filters;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Initial;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Matrix factorisation of made-up ratings: embedding rows of users and items in one table, trained
 * by mini-batches under AdaGrad on the server. The batches are the same in every pass.
 */
final class FactorJob {
  static final int WIDTH = 64;

  private static final double RATE = 0.1;
  private static final float L2 = 0.02f;
  private static final int STALENESS = 4;
  private static final String TABLE = "embeddings";

  private final Ratings train;
  private final Ratings test;
  private final int workers;
  private final int passes;
  private final int batch;
  private final TableSpec spec;

  /** A tenth more ratings than these are held out. */
  FactorJob(int ratings, int workers, int passes, int batch, Durability durability, long seed) {
    this.train = Ratings.draw(ratings, seed);
    this.test = Ratings.draw(Math.max(1, ratings / 10), seed + 1);
    this.workers = workers;
    this.passes = passes;
    this.batch = batch;
    this.spec =
        TableSpec.sparse()
            .hashed()
            .width(WIDTH)
            .initial(new Initial.Normal(0, 0.1, seed))
            .rule(Rules.adagrad(RATE))
            .durability(durability)
            .consistency(Consistency.bounded(STALENESS))
            .build();
  }

  /**
   * @param before root of the mean squared error on the held-out ratings before training
   * @param after and after it
   * @param examples ratings trained on, over all passes
   */
  record Outcome(double before, double after, long examples, double seconds) {}

  /** Trains from the start, in a job that must be new. Blocks. */
  Outcome run(String job, String filters, Holdfast connection, Holdfast watcher)
      throws InterruptedException {
    var parsed = Filters.parse(filters);
    Table looked = watcher.job(job).table(TABLE, spec);
    double before = error(looked);
    long start = System.nanoTime();
    ExecutorService threads = Executors.newFixedThreadPool(workers);
    try {
      var running = new ArrayList<Future<?>>();
      for (int rank = 0; rank < workers; rank++) {
        int mine = rank;
        running.add(threads.submit(() -> work(connection, job, parsed, mine)));
      }
      for (Future<?> worker : running) {
        await(worker);
      }
    } finally {
      threads.shutdownNow();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double after = error(looked);
    watcher.job(job).dropTable(TABLE);
    return new Outcome(before, after, (long) passes * train.count(), seconds);
  }

  private boolean work(Holdfast connection, String job, Filters filters, int rank)
      throws InterruptedException {
    try (Worker worker = connection.job(job).join(WorkerId.of(rank, workers), Resume.FRESH)) {
      Table table = worker.table(TABLE, spec, filters);
      List<FactorBatch> batches = batches(rank);
      CompletableFuture<PushReceipt> pushed = new CompletableFuture<>();
      for (int pass = 0; pass < passes; pass++) {
        for (FactorBatch some : batches) {
          Rows rows = await(table.pull(some.keys()));
          if (pushed.isCompletedExceptionally()) {
            await(pushed);
          }
          pushed = table.push(some.keys(), some.gradient(rows.floats(), WIDTH, L2));
          var unused = worker.tick();
        }
      }
      await(worker.leave());
      return true;
    }
  }

  // The same number for every worker; the last ratings may be left out.
  private List<FactorBatch> batches(int rank) {
    int share = train.count() / workers;
    var batches = new ArrayList<FactorBatch>();
    for (int from = 0; from < share; from += batch) {
      int first = rank * share + from;
      batches.add(new FactorBatch(train, first, Math.min(first + batch, (rank + 1) * share)));
    }
    return batches;
  }

  private double error(Table table) throws InterruptedException {
    var all = new FactorBatch(test, 0, test.count());
    Rows rows = await(table.pull(all.keys()));
    return Math.sqrt(all.squaredError(rows.floats(), WIDTH) / test.count());
  }

  private static <T> T await(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HoldfastException known) {
        throw known;
      }
      throw new HoldfastException(ErrorCode.INTERNAL, "a worker ended: " + e.getCause(), e);
    }
  }
}
