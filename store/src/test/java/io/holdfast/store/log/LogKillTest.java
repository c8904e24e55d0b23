package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real process is killed while it appends. */
class LogKillTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void everyRecordThatWasAppendedOutlivesTheProcess(LogKind kind) throws Exception {
    LogOptions options =
        LogOptions.of(kind, directory.resolve("log"), 0).withSizes(256 << 10, 64 << 10);
    Random random = new Random(5);
    for (int life = 0; life < 3; life++) {
      long appended = killAfter(options, 200 + random.nextInt(400));
      try (ShardLog log = Logs.open(options)) {
        assertTrue(log.lastIndex() >= appended, log.lastIndex() + " < " + appended);
        assertEquals(log.lastIndex() + 1 - log.firstIndex(), Records.replay(log, 0).size());
        if (life == 1) {
          Records.append(log, 100);
        }
      }
    }
  }

  /** The last index that the process told of. */
  private static long killAfter(LogOptions options, int records) throws Exception {
    Process child = ChildLog.start(List.of(), options, ChildLog.APPEND_FOR_EVER);
    long appended = 0;
    try (BufferedReader output = child.inputReader()) {
      int count = 0;
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith("appended ")) {
          appended = Long.parseLong(line.substring(9));
          if (++count == records) {
            child.toHandle().destroyForcibly();
          }
        }
      }
      assertTrue(count >= records, "the child died by itself after " + count);
      child.waitFor();
      return appended;
    } finally {
      child.toHandle().destroyForcibly();
    }
  }
}
