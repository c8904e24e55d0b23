package io.holdfast.tools.capture;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.display.Terminal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * How far a snapshot is: a bar on a terminal, else a line every second; with {@code --output json}
 * a document to a line, as restic does. For one thread.
 */
final class CaptureScreen implements CaptureDisplay, AutoCloseable {
  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final double MEGABYTE = 1e6;

  private final Common common;
  private final @Nullable ObjectMapper json;
  private final @Nullable ProgressBar bar;
  private final long started = System.nanoTime();
  private long next = started + LINE_NANOS;

  CaptureScreen(Common common, String name) {
    this.common = common;
    this.json = common.isJson() ? new ObjectMapper() : null;
    this.bar =
        !common.isJson() && Terminal.errorIsTerminal()
            ? new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(-1)
                .setUnit(" MB", (long) MEGABYTE)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .build()
            : null;
  }

  @Override
  public void show(State state) {
    if (bar != null) {
      bar.maxHint(state.allBytes() == 0 ? -1 : state.allBytes());
      bar.stepTo(state.bytes());
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              " %d/%d ranges, %.1f MB new",
              state.ranges(),
              state.allRanges(),
              state.newBytes() / MEGABYTE));
    } else if (System.nanoTime() - next >= 0) {
      next = System.nanoTime() + LINE_NANOS;
      line(state);
    }
  }

  private void line(State state) {
    if (json == null) {
      common
          .err()
          .printf(
              Locale.ROOT,
              "%d of %d ranges, %.1f of %.1f MB, %.1f MB new%n",
              state.ranges(),
              state.allRanges(),
              state.bytes() / MEGABYTE,
              state.allBytes() / MEGABYTE,
              state.newBytes() / MEGABYTE);
      common.err().flush();
      return;
    }
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("messageType", "status");
    status.put("secondsElapsed", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started));
    status.put(
        "percentDone",
        state.allBytes() == 0 ? 0.0 : Math.min(1.0, (double) state.bytes() / state.allBytes()));
    status.put("totalBytes", state.allBytes());
    status.put("bytesDone", state.bytes());
    status.put("dataAdded", state.newBytes());
    status.put("totalRanges", state.allRanges());
    status.put("rangesDone", state.ranges());
    print(status);
  }

  @Override
  public void warn(String what) {
    if (json == null) {
      common.err().println("holdfast: " + what);
      common.err().flush();
      return;
    }
    Map<String, Object> warning = new LinkedHashMap<>();
    warning.put("messageType", "warning");
    warning.put("message", what);
    print(warning);
  }

  private void print(Map<String, Object> document) {
    if (json != null) {
      common.out().println(json.valueToTree(document).toString());
      common.out().flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
