package io.holdfast.tools.train;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.QueueStatus;
import io.holdfast.client.Table;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.job.RunJournal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Watches the workers of a run, and measures the model while and after they train. */
final class TrainingRun {
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final int POINTS_ON_CURVE = 40;
  private static final int MOST_POINTS_ON_CURVE = 200;

  /** A look at the model on the way takes no more test examples than this. */
  private static final int MOST_EXAMPLES_ON_CURVE = 50_000;

  private final LrSettings settings;
  private final TrainingData data;
  private final Job job;
  private final Table weights;
  private final @Nullable RunJournal journal;
  private final long[] keys;
  private final @Nullable Holdfast ofWorkers;
  private final int points;
  private final List<TrainingResult.Point> curve = new ArrayList<>();
  private long examplesAtLastPoint;
  private double lossAtLastPoint;
  private TrainingResult.Before before = TrainingResult.Before.NOTHING;
  private boolean begun;

  TrainingRun(
      LrSettings settings, TrainingData data, Holdfast cluster, @Nullable RunJournal journal) {
    this(settings, data, cluster, journal, null);
  }

  /**
   * @param journal null: nothing is kept for a later life, and the job must be new
   * @param ofWorkers the connection of the workers, where it is theirs alone and in this process:
   *     the result has its traffic
   */
  TrainingRun(
      LrSettings settings,
      TrainingData data,
      Holdfast cluster,
      @Nullable RunJournal journal,
      @Nullable Holdfast ofWorkers) {
    this.ofWorkers = ofWorkers;
    this.points =
        settings.blocks() == null
            ? POINTS_ON_CURVE
            : Math.min(settings.passes(), MOST_POINTS_ON_CURVE); // one of each pass
    this.settings = settings;
    this.data = data;
    this.journal = journal;
    if (journal == null) {
      refuseUsedJob(cluster);
    }
    this.job = cluster.job(settings.job());
    this.weights = job.table(settings.table(), settings.tableSpec());
    this.keys = LinearModel.keysOf(data.train(), settings.intercept());
  }

  /** Trains to the end. Blocks. */
  TrainingResult run(WorkerGroup workers, ProgressBoard board, ProgressDisplay display)
      throws InterruptedException {
    long total = data.totalExamples() * settings.passes();
    long step = Math.max(1, total / points);
    long next = 0;
    double seconds = 0;
    BoundControl control =
        settings
            .adaptiveStaleness()
            .map(policy -> new BoundControl(policy, weights, settings.tickEvery()))
            .orElse(null);
    while (!workers.await(LOOK_EVERY)) {
      display.show(board, total);
      if (control != null) {
        control.look(board);
      }
      if (settings.pace().together() && board.behind() >= total && seconds == 0) {
        seconds = board.seconds();
        workers.stop();
      }
      if (!begun && allBegun(board)) {
        begin(board);
        next = (board.behind() / step + 1) * step;
      }
      if (begun && board.behind() >= next) {
        next = (board.behind() / step + 1) * step;
        look(weights, board, total);
      }
    }
    if (!begun) {
      begin(board);
    }
    seconds = seconds == 0 ? board.seconds() : seconds;
    display.show(board, total);
    // Any replica may answer a look on the way; the result is what all pushes have made.
    LinearModel model = look(weights.latest(), board, total);
    Examples measured = data.measured();
    LinearModel truth = data.truth();
    return new TrainingResult(
        settings,
        model.evaluate(measured, measured.count()),
        data.test() != null,
        truth == null ? Double.NaN : truth.evaluate(measured, measured.count()).auc(),
        objective(model),
        model,
        data.train().count(),
        board.examples(),
        before.seconds() + seconds,
        before,
        board.spent().values().stream().map(ProgressBoard.Spent::idleShare).toList(),
        control == null ? List.of() : control.changes(),
        ofWorkers == null ? null : ofWorkers.traffic(),
        List.copyOf(curve));
  }

  private boolean allBegun(ProgressBoard board) {
    return settings.sharing().hasQueue() || board.begun() == settings.workers();
  }

  /** Takes up the curve of the lives before, up to where the workers go on. */
  private void begin(ProgressBoard board) {
    begun = true;
    if (journal == null) {
      return;
    }
    if (settings.sharing().hasQueue()) { // what is done of other shards, the workers alone know
      double finished = job.queues().stream().mapToDouble(TrainingRun::share).sum();
      board.resumed(0, (long) (finished * settings.passes() * data.totalExamples()));
    }
    double passes = (double) board.resumed() / data.totalExamples();
    for (double[] entry : journal.before()) {
      var point = TrainingResult.Point.of(entry);
      if (point.passes() <= passes) {
        curve.add(point);
      }
    }
    journal.keep(curve.size());
    double seconds = curve.isEmpty() ? 0 : curve.get(curve.size() - 1).seconds();
    before = new TrainingResult.Before(journal.life(), passes, seconds);
  }

  private static double share(QueueStatus queue) {
    return (double) queue.finished() / queue.total();
  }

  private LinearModel look(Table from, ProgressBoard board, long total) {
    double seconds = before.seconds() + board.seconds();
    long examples = board.examples();
    double loss = board.lossSum();
    long since = examples - examplesAtLastPoint;
    LinearModel model = LinearModel.pull(from, keys);
    Examples measured = data.measured();
    Metrics metrics = model.evaluate(measured, Math.min(measured.count(), MOST_EXAMPLES_ON_CURVE));
    double passes = (double) board.behind() / data.totalExamples();
    if (examples == 0 && !curve.isEmpty()) {
      return model; // of a run that had come to its end before
    }
    // too few examples would only show noise
    double trainLoss =
        since < total / points / 2 || since == 0 ? Double.NaN : (loss - lossAtLastPoint) / since;
    // Of what trains by all examples in each step, looking at them once more is a small part.
    double objective = settings.blocks() == null ? Double.NaN : objective(model);
    var point =
        new TrainingResult.Point(seconds, passes, trainLoss, metrics, objective, model.nonZeros());
    curve.add(point);
    if (journal != null) {
      journal.add(point.values());
    }
    examplesAtLastPoint = examples;
    lossAtLastPoint = loss;
    return model;
  }

  private double objective(LinearModel model) {
    return model.objective(data.train(), settings.l1(), settings.l2());
  }

  /** New workers would go on with old clocks and weights. */
  private void refuseUsedJob(Holdfast cluster) {
    cluster.tables().stream()
        .filter(table -> table.job().equals(settings.job()))
        .findFirst()
        .ifPresent(
            table -> {
              throw new HoldfastException(
                  ErrorCode.INVALID_ARGUMENT,
                  "job '"
                      + settings.job()
                      + "' exists already, with table '"
                      + table.name()
                      + "'; name another, or drop it");
            });
  }
}
