package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.log.LogException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left of a log when the power, the disk or its room fails. */
class LogCrashTest {
  @TempDir Path directory;
  private final FaultyFiles files = new FaultyFiles();

  private LogOptions options(LogKind kind, String name) {
    return LogOptions.of(kind, directory.resolve(name), 0)
        .withSizes(256 << 10, 64 << 10)
        .withFiles(files);
  }

  /**
   * Lives of one log: in each, records are appended, synced and released at random, then the power
   * is cut. What was durable must be there, what is there must be a prefix, and nothing that was
   * dropped may come back in a later life.
   */
  @ParameterizedTest
  @EnumSource
  void powerCutsLoseOnlyWhatWasNotDurable(LogKind kind) throws IOException {
    for (long seed = 1; seed <= 8; seed++) {
      Random random = new Random(seed);
      Path current = directory.resolve("seed" + seed + "-0");
      long durable = 0;
      long released = 1;
      for (int life = 1; life <= 6; life++) {
        String at = "seed " + seed + " life " + life;
        FaultyFiles faulty = new FaultyFiles();
        LogOptions options = options(kind, "unused").withDirectory(current).withFiles(faulty);
        ShardLog log = Logs.open(options);
        assertTrue(log.lastIndex() >= durable, at + ": " + log.lastIndex() + " < " + durable);
        assertTrue(log.firstIndex() <= Math.max(released, 1), at);
        assertEquals(log.lastIndex() - log.firstIndex() + 1, Records.replay(log, 0).size(), at);
        for (int i = random.nextInt(120); i > 0; i--) {
          live(log, random);
        }
        durable = log.durableIndex();
        released = Math.max(released, log.firstIndex());
        Path next = directory.resolve("seed" + seed + "-" + life);
        faulty.crash(current, next, random);
        log.close();
        current = next;
      }
    }
  }

  private static void live(ShardLog log, Random random) {
    switch (random.nextInt(12)) {
      case 0 -> log.sync();
      case 1 -> log.release(random.nextLong(log.durableIndex() + 2));
      case 2 -> log.reserve(random.nextInt(20_000)).abandon();
      case 3 -> Records.append(log, 0, random.nextInt(100));
      case 4 -> Records.append(log, 64 << 10);
      case 5 -> Records.append(log, 3000, 40_000);
      default -> Records.append(log, random.nextInt(20_000));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDurableStaysSoWhileTwoThreadsAppendAndSync(LogKind kind) throws Exception {
    LogOptions options = options(kind, "log");
    ShardLog log = Logs.open(options);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread syncer =
        new Thread(
            () -> {
              try {
                while (!done.get()) {
                  long known = log.durableIndex();
                  long durable = log.sync();
                  assertTrue(known <= durable && durable <= log.lastIndex());
                }
              } catch (Throwable e) {
                failure.set(e);
              }
            });
    syncer.start();
    Random random = new Random(7);
    for (int round = 0; round < 8; round++) {
      for (int i = 0; i < 60; i++) {
        Records.append(log, random.nextInt(10_000));
      }
      long durable = log.durableIndex();
      LogOptions copy = options.withDirectory(directory.resolve("copy" + round));
      files.crash(options.directory(), copy.directory(), random);
      try (ShardLog reopened = Logs.open(copy.withFiles(LogFiles.disk()))) {
        assertTrue(reopened.lastIndex() >= durable, reopened.lastIndex() + " < " + durable);
        assertEquals(reopened.lastIndex(), Records.replay(reopened, 1).size());
      }
    }
    done.set(true);
    syncer.join();
    assertEquals(null, failure.get());
    log.close();
  }

  @ParameterizedTest
  @EnumSource
  void failedForceStopsTheLogForGood(LogKind kind) {
    ShardLog log = Logs.open(options(kind, "log"));
    Records.append(log, 100);
    log.sync();
    Records.append(log, 100);
    files.forceFails.set(true);
    assertEquals(Kind.FAILED, assertThrows(LogException.class, log::sync).kind());
    files.forceFails.set(false);
    LogException again = assertThrows(LogException.class, log::sync);
    assertEquals(Kind.FAILED, again.kind());
    assertTrue(String.valueOf(again.getCause()).contains("Input/output error"));
    assertEquals(Kind.FAILED, assertThrows(LogException.class, () -> log.reserve(1)).kind());
    assertEquals(Kind.FAILED, assertThrows(LogException.class, () -> log.release(1)).kind());
    assertEquals(1, log.durableIndex());
    log.close();
    assertFalse(closedCleanly(kind));
  }

  private boolean closedCleanly(LogKind kind) {
    try (ShardLog log = Logs.open(options(kind, "log").withFiles(LogFiles.disk()))) {
      return log.lastIndex() != 2;
    }
  }

  @ParameterizedTest
  @EnumSource
  void fullDiskRefusesRecordsUntilThereIsRoomAgain(LogKind kind) {
    LogOptions options = options(kind, "log");
    long last;
    try (ShardLog log = Logs.open(options)) {
      files.diskFull.set(true);
      LogException full =
          assertThrows(
              LogException.class,
              () -> {
                for (int i = 0; i < 100; i++) {
                  Records.append(log, 30_000);
                  log.sync();
                }
              });
      assertEquals(Kind.DISK_FULL, full.kind());
      last = log.lastIndex();
      assertTrue(last > 3);
      long bytes = log.diskBytes();
      assertEquals(
          Kind.DISK_FULL, assertThrows(LogException.class, () -> log.reserve(60_000)).kind());
      assertEquals(last, log.sync());
      assertEquals(bytes, log.diskBytes());
      files.diskFull.set(false);
      assertEquals(last + 1, Records.append(log, 60_000).index());
      log.sync();
    }
    try (ShardLog log = Logs.open(options)) {
      assertEquals(last + 1, Records.replay(log, 1).size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void fullDiskAtOpeningIsToldAsSuch(LogKind kind) {
    files.diskFull.set(true);
    LogException full =
        assertThrows(LogException.class, () -> Logs.open(options(kind, "log")).close());
    assertEquals(Kind.DISK_FULL, full.kind());
    files.diskFull.set(false);
    Logs.open(options(kind, "log")).close();
  }

  @ParameterizedTest
  @EnumSource
  void logWithRecordsOpensOnAFullDisk(LogKind kind) {
    LogOptions options = options(kind, "log");
    try (ShardLog log = Logs.open(options)) {
      Records.append(log, 100);
    }
    // Chronicle's listing, 128 KiB, is the one thing that is made anew.
    files.diskFull.set(kind == LogKind.FILE);
    try (ShardLog log = Logs.open(options)) {
      assertEquals(1, Records.replay(log, 1).size());
      files.diskFull.set(true);
      log.sync();
    }
  }
}
