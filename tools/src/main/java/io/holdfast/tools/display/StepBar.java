package io.holdfast.tools.display;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** Counts steps towards an end: a bar on a terminal, else a line for each change. */
public final class StepBar implements AutoCloseable {
  private final String task;
  private final long steps;
  private final @Nullable PrintWriter err;
  private final @Nullable ProgressBar bar;
  private String shown = "";

  /**
   * @param steps 0: not known
   * @param err where the lines go; the bar is on the terminal itself. Null: nothing is shown
   */
  public StepBar(String task, long steps, String unit, @Nullable PrintWriter err) {
    this.task = task;
    this.steps = steps;
    this.err = err;
    this.bar =
        err != null && Terminal.errorIsTerminal()
            ? new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps == 0 ? -1 : steps)
                .setUnit(" " + unit, 1)
                .setUpdateIntervalMillis(200)
                .build()
            : null;
  }

  /** May be called often. */
  public void show(long done, String message) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(message);
      return;
    }
    if (err == null) {
      return;
    }
    String of = steps == 0 ? "" : " of " + steps;
    String line = task + ": " + done + of + (message.isEmpty() ? "" : ", " + message);
    if (!line.equals(shown)) {
      shown = line;
      err.println(line);
      err.flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
