package io.holdfast.tools.mf;

import io.holdfast.client.Job;
import io.holdfast.client.Table;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.job.RunJournal;
import io.holdfast.tools.train.Crew;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Runs the workers on threads of this process, and measures the model meanwhile and after. */
final class MfRun {
  private final MfSettings settings;
  private final MfData data;
  private final Job workers;
  private final Table factors;
  private final FactorModel model;
  private final MfBoard board;
  private final List<MfResult.Point> curve = new ArrayList<>();
  private final @Nullable RunJournal journal;
  private final long started = System.nanoTime();
  private double secondsBefore;
  private boolean begun;

  /**
   * @param workers where the workers push and pull, and nothing else is done
   * @param watcher where the model is looked at
   * @param journal null: the curve is kept for no later life
   */
  MfRun(MfSettings settings, MfData data, Job workers, Job watcher, @Nullable RunJournal journal) {
    this.journal = journal;
    this.settings = settings;
    this.data = data;
    this.workers = workers;
    this.factors = watcher.table(MfSettings.TABLE, settings.table());
    this.model = new FactorModel(data, settings.width());
    this.board = new MfBoard(settings, settings.batchesPerPass(data.train().count()));
  }

  /** Trains to the end. Blocks. */
  MfResult run(StepBar bar) throws InterruptedException {
    try {
      Crew.run("train-mf", settings.workers(), this::work, () -> look(bar));
    } catch (HoldfastException e) {
      if (e.code() == ErrorCode.NOT_A_NUMBER) {
        throw new HoldfastException(
            e.code(), "the factors grew out of bounds; take a lower --rate or a higher --l2", e);
      }
      throw e;
    }
    double seconds = seconds();
    // Any replica may answer a look on the way; the result is what all pushes have made.
    double error = model.error(factors.latest());
    return new MfResult(
        settings,
        data,
        seconds,
        new MfResult.Before(
            journal == null ? 1 : journal.life(), board.resumedAfter(), secondsBefore),
        board.trained(),
        error,
        List.copyOf(curve));
  }

  private void work(int rank) throws InterruptedException {
    var share = new Share(settings, data.train(), rank);
    new MfWorker(settings, share, data.mean(), workers, rank, board).run();
  }

  /** Measures the newest pass that all workers have done, if it is a new one. */
  private void look(StepBar bar) {
    if (!begun && board.allBegun()) {
      begin(board.passesOfAll());
    }
    int pass = board.passesOfAll();
    int seen = curve.isEmpty() ? 0 : curve.get(curve.size() - 1).pass();
    if (!begun || pass <= seen) {
      return;
    }
    double error = model.error(factors);
    var point = new MfResult.Point(pass, seconds(), error, board.error(pass));
    curve.add(point);
    if (journal != null) {
      journal.add(pass, point.seconds(), error, point.trainError());
    }
    bar.show(pass, String.format(Locale.ROOT, "RMSE %.4f", error));
  }

  /** Takes up the curve of the lives before, up to where this one goes on. */
  private void begin(int pass) {
    begun = true;
    if (journal == null) {
      return;
    }
    for (double[] entry : journal.before()) {
      var point = new MfResult.Point((int) entry[0], entry[1], entry[2], entry[3]);
      if (point.pass() <= pass) {
        curve.add(point);
        secondsBefore = point.seconds();
      }
    }
    journal.keep(curve.size());
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - started) / 1e9;
  }
}
