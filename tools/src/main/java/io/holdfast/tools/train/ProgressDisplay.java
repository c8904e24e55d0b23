package io.holdfast.tools.train;

import io.holdfast.tools.display.Terminal;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a run is: a bar on a terminal, else a line every few seconds, on standard error.
 */
sealed interface ProgressDisplay extends AutoCloseable {
  /** May be called often; says something new only now and then. */
  void show(ProgressBoard board, long totalExamples);

  @Override
  void close();

  static ProgressDisplay choose(boolean quiet) {
    if (quiet) {
      return new Silent();
    }
    return Terminal.errorIsTerminal() ? new Bar() : new Lines(System.err);
  }

  /** Mean loss of the examples since a moment ago. */
  final class RecentLoss {
    private static final double WINDOW_SECONDS = 1;

    private double since;
    private long examples;
    private double lossSum;
    private double mean = Double.NaN;

    double update(ProgressBoard board) {
      double now = board.seconds();
      long done = board.examples();
      if (done > examples && (now - since > WINDOW_SECONDS || Double.isNaN(mean))) {
        mean = (board.lossSum() - lossSum) / (done - examples);
        lossSum = board.lossSum();
        examples = done;
        since = now;
      }
      return mean;
    }
  }

  /** Says nothing. */
  record Silent() implements ProgressDisplay {
    @Override
    public void show(ProgressBoard board, long totalExamples) {}

    @Override
    public void close() {}
  }

  /** A bar with rate and time left. */
  final class Bar implements ProgressDisplay {
    private final RecentLoss loss = new RecentLoss();
    private @Nullable ProgressBar bar;

    @Override
    public void show(ProgressBoard board, long totalExamples) {
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("training")
                .setInitialMax(totalExamples)
                .setUnit(" examples", 1)
                .showSpeed()
                .setUpdateIntervalMillis(200)
                .build();
      }
      bar.stepTo(Math.min(board.behind(), totalExamples));
      bar.setExtraMessage(
          String.format(
              Locale.ROOT, "loss %.4f  idle %.0f %%", loss.update(board), 100 * board.idleShare()));
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }

  /** A line every few seconds. */
  final class Lines implements ProgressDisplay {
    private static final double EVERY_SECONDS = Duration.ofSeconds(3).toSeconds();

    private final PrintStream err;
    private final RecentLoss loss = new RecentLoss();
    private double shownAt;

    Lines(PrintStream err) {
      this.err = err;
    }

    @Override
    public void show(ProgressBoard board, long totalExamples) {
      double now = board.seconds();
      if (now - shownAt < EVERY_SECONDS || board.examples() == 0) {
        return;
      }
      shownAt = now;
      long done = Math.min(board.behind(), totalExamples);
      double rate = board.examples() / now;
      err.printf(
          Locale.ROOT,
          "%3.0f %%  %,d of %,d examples  %,.0f examples/s  loss %.4f  idle %.0f %%  %.0f s left%n",
          100.0 * done / totalExamples,
          done,
          totalExamples,
          rate,
          loss.update(board),
          100 * board.idleShare(),
          (totalExamples - done) / rate);
    }

    @Override
    public void close() {}
  }
}
