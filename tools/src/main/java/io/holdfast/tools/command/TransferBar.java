package io.holdfast.tools.command;

import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.display.Terminal;
import io.holdfast.tools.snapshot.Progress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many of so many bytes are through: a bar on a terminal, else a line for each tenth; with
 * {@code --output json} a document for each tenth on standard output, {@code "messageType":
 * "status"}, as restic prints them. For any number of threads.
 */
public final class TransferBar implements Progress, AutoCloseable {
  private static final int TENTHS = 10;
  private static final long UNIT_BYTES = 1 << 20;

  private final Common common;
  private final String task;
  private final long began = System.nanoTime();
  private @Nullable StepBar bar;
  private long shownTenth = -1;

  /**
   * @param task one word, such as {@code verify}
   */
  public TransferBar(Common common, String task) {
    this.common = common;
    this.task = task;
  }

  @Override
  public synchronized void at(long doneBytes, long totalBytes) {
    long tenth = totalBytes == 0 ? TENTHS : (long) ((double) doneBytes / totalBytes * TENTHS);
    boolean isNewTenth = tenth > shownTenth;
    shownTenth = Math.max(tenth, shownTenth);
    if (common.isJson()) {
      if (isNewTenth) {
        common.print(status(doneBytes, totalBytes), () -> {});
      }
    } else if (isNewTenth || Terminal.errorIsTerminal()) {
      StepBar shown = bar;
      if (shown == null) {
        shown = new StepBar(task, mebibytes(totalBytes), "MiB", common.err());
        bar = shown;
      }
      shown.show(mebibytes(doneBytes), "");
    }
  }

  private static long mebibytes(long bytes) {
    return (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
  }

  private Map<String, Object> status(long doneBytes, long totalBytes) {
    double share = totalBytes == 0 ? 1 : (double) doneBytes / totalBytes;
    double seconds = (double) (System.nanoTime() - began) / TimeUnit.SECONDS.toNanos(1);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("messageType", "status");
    document.put("task", task);
    document.put("percentDone", share);
    document.put("totalBytes", totalBytes);
    document.put("bytesDone", doneBytes);
    document.put("secondsElapsed", Math.round(seconds));
    if (share > 0) {
      document.put("secondsRemaining", Math.round(seconds / share - seconds));
    }
    return document;
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
