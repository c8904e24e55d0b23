package io.holdfast.tools.command;

import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.display.Terminal;
import java.io.PrintWriter;

/** How many rows and bytes have been moved: a bar on a terminal, else a line for each 256 MiB. */
final class RowsBar implements AutoCloseable {
  private static final long LINE_BYTES = 256L << 20;
  private static final double MEBIBYTE = 1 << 20;

  private final StepBar bar;
  private final boolean isTerminal = Terminal.errorIsTerminal();
  private long shownBytes;

  /**
   * @param rows to be moved; 0: not known
   */
  RowsBar(String task, long rows, PrintWriter err) {
    bar = new StepBar(task, rows, "rows", err);
  }

  void show(long rows, long bytes) {
    if (isTerminal || bytes - shownBytes >= LINE_BYTES) {
      shownBytes = bytes;
      bar.show(rows, String.format("%.1f MiB", bytes / MEBIBYTE));
    }
  }

  @Override
  public void close() {
    bar.close();
  }
}
