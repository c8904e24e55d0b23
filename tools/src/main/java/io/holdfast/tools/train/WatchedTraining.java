package io.holdfast.tools.train;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Table;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Logistic regression in worker processes, for somebody who kills them and looks on. For one
 * thread, but for {@link #look} and {@link #measure}, which any thread may call.
 */
public final class WatchedTraining implements AutoCloseable {
  /** A measurement on the way takes no more test examples than this. */
  private static final int MOST_EXAMPLES = 10_000;

  /** Their work is over before a better compiler would have paid for itself. */
  private static final List<String> FLAGS = List.of("-XX:TieredStopAtLevel=1");

  private final LrSettings settings;
  private final TrainingData data;
  private final String addresses;
  private final Consumer<String> says;
  private final Table weights;
  private final long[] keys;
  private final long batchesOfWorker;
  private final ProgressBoard board = new ProgressBoard();
  private @Nullable WorkerProcesses workers;

  /**
   * How far it is.
   *
   * @param done share of all mini-batches that are behind the workers, 0 to 1
   * @param clocks of each worker that has begun, by rank
   * @param examples trained on, those among them that were done again
   * @param lossSum of their log-losses, each before its gradient was pushed
   */
  public record Look(double done, List<Long> clocks, long examples, double lossSum) {}

  /**
   * What the model is worth.
   *
   * @param auc on test examples
   * @param logLoss on test examples
   * @param digest of the exact bits of all weights
   */
  public record Measured(double auc, double logLoss, String digest) {}

  WatchedTraining(
      LrSettings settings,
      TrainingData data,
      Holdfast cluster,
      String addresses,
      Consumer<String> says) {
    this.settings = settings;
    this.data = data;
    this.addresses = addresses;
    this.says = says;
    this.weights = cluster.job(settings.job()).table(settings.table(), settings.tableSpec());
    this.keys = LinearModel.keysOf(data.train(), settings.intercept());
    this.batchesOfWorker = (long) settings.passes() * settings.batchesPerPass(data.totalExamples());
  }

  /** Starts the workers. Does not block. */
  public void begin() {
    workers = new WorkerProcesses(settings, addresses, board, FLAGS, says);
  }

  /** Starts workers that go on from where the job's workers last saved their state. */
  public void resume() {
    workers =
        new WorkerProcesses(settings.living(settings.life().next()), addresses, board, FLAGS, says);
  }

  /** SIGKILL to one worker's process; it is started again, and goes on, by itself. */
  public void kill(int rank) {
    if (workers != null) {
      workers.kill(rank);
    }
  }

  /** SIGKILL to all workers' processes, which stay dead. Returns when they are gone. */
  public void killAll() {
    if (workers != null) {
      workers.close();
    }
  }

  /**
   * Waits for the workers, at most so long.
   *
   * @return whether all of them have finished
   * @throws io.holdfast.model.HoldfastException what the first worker to fail failed with
   */
  public boolean await(Duration atMost) throws InterruptedException {
    return workers != null && workers.await(atMost);
  }

  /** Ranks of the group. */
  public int size() {
    return settings.workers();
  }

  /** Clocks that each worker has to finish. */
  public long clocks() {
    return batchesOfWorker;
  }

  public Look look() {
    List<Long> batches = board.spent().values().stream().map(ProgressBoard.Spent::batches).toList();
    double done =
        (double) batches.stream().mapToLong(Long::longValue).sum()
            / (batchesOfWorker * settings.workers());
    return new Look(done, batches, board.examples(), board.lossSum());
  }

  /** On some test examples, by what any replica has. Blocks. */
  public Measured measure() {
    return measure(weights, Math.min(data.measured().count(), MOST_EXAMPLES));
  }

  /** On all test examples, with every push in it. Blocks. */
  public Measured result() {
    return measure(weights.latest(), data.measured().count());
  }

  private Measured measure(Table from, int examples) {
    LinearModel model = LinearModel.pull(from, keys);
    Metrics metrics = model.evaluate(data.measured(), examples);
    return new Measured(metrics.auc(), metrics.logLoss(), model.digest());
  }

  /** Ends the workers that still run. */
  @Override
  public void close() {
    killAll();
  }
}
