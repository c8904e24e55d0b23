package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.file.IdentityFile;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What both kinds of log do when nothing fails. */
class ShardLogTest {
  private static final int SEGMENT = 256 << 10;
  private static final int MAX_PAYLOAD = 64 << 10;

  @TempDir Path directory;

  private LogOptions options(LogKind kind) {
    return LogOptions.of(kind, directory.resolve("log"), 3).withSizes(SEGMENT, MAX_PAYLOAD);
  }

  @ParameterizedTest
  @EnumSource
  void recordsOfAllSizesComeBackInOrder(LogKind kind) {
    Random random = new Random(1);
    List<Integer> lengths = new ArrayList<>(List.of(0, MAX_PAYLOAD, 0, 1, 7, 8, 9));
    for (int i = 0; i < 200; i++) {
      lengths.add(random.nextInt(random.nextBoolean() ? 100 : MAX_PAYLOAD));
    }
    try (ShardLog log = Logs.open(options(kind))) {
      for (int length : lengths) {
        Records.check(
            Records.append(log, length, length + random.nextInt(MAX_PAYLOAD + 1 - length)));
        log.sync();
      }
    }
    try (ShardLog log = Logs.open(options(kind))) {
      assertEquals(lengths.size(), log.lastIndex());
      assertEquals(lengths.size(), log.durableIndex());
      assertEquals(lengths, Records.replay(log, 0));
      assertEquals(lengths.subList(99, lengths.size()), Records.replay(log, 100));
    }
  }

  @ParameterizedTest
  @EnumSource
  void abandonedReservationLeavesNoTrace(LogKind kind) throws IOException {
    LogOptions options = options(kind);
    LogOptions copy = options.withDirectory(directory.resolve("copy"));
    try (ShardLog log = Logs.open(options)) {
      Records.append(log, 10);
      ShardLog.Reservation room = log.reserve(MAX_PAYLOAD);
      Records.fill(room.payload(), 99, MAX_PAYLOAD);
      room.abandon();
      assertEquals(1, log.lastIndex());
      assertThrows(IllegalStateException.class, room::abandon);
      Records.append(log, 20, 5000);
      ShardLog.Reservation last = log.reserve(100);
      Records.fill(last.payload(), 99, 100);
      FaultyFiles.copy(options.directory(), copy.directory());
      last.abandon();
      assertEquals(2, log.sync());
    }
    for (LogOptions each : List.of(options, copy)) {
      try (ShardLog log = Logs.open(each)) {
        assertEquals(List.of(10, 20), Records.replay(log, 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void reservationsAreHeldToTheirRules(LogKind kind) {
    try (ShardLog log = Logs.open(options(kind))) {
      assertEquals(MAX_PAYLOAD, log.maxPayload());
      assertThrows(IllegalArgumentException.class, () -> log.reserve(MAX_PAYLOAD + 1));
      ShardLog.Reservation room = log.reserve(10);
      assertEquals(10, room.payload().remaining());
      assertTrue(room.payload().isDirect());
      assertEquals(ByteOrder.LITTLE_ENDIAN, room.payload().order());
      assertThrows(IllegalStateException.class, () -> log.reserve(10));
      assertThrows(IllegalArgumentException.class, () -> room.append(Records.header(1), 11));
      Records.fill(room.payload(), 1, 10);
      LogRecord record = room.append(Records.header(1), 10);
      assertThrows(IllegalStateException.class, () -> room.append(Records.header(1), 10));
      assertTrue(record.payload().isReadOnly());
      assertEquals(ByteOrder.LITTLE_ENDIAN, record.payload().order());
      assertThrows(IllegalStateException.class, () -> log.replay(1, ignored -> {}));
    }
  }

  @ParameterizedTest
  @EnumSource
  void releasedSegmentsAreUsedAgainSoThatDiskIsBounded(LogKind kind) throws IOException {
    LogOptions options = options(kind);
    long most = 0;
    try (ShardLog log = Logs.open(options)) {
      for (int i = 1; i <= 600; i++) {
        Records.append(log, 20_000);
        log.sync();
        log.release(i - 5);
        assertTrue(log.firstIndex() <= Math.max(1, i - 5));
        most = Math.max(most, log.diskBytes());
        assertTrue(onDisk(options.directory()) <= log.diskBytes() + SEGMENT, "record " + i);
      }
      assertTrue(log.firstIndex() > 550, "first " + log.firstIndex());
      assertTrue(most <= 6L * SEGMENT, "bytes " + most);
    }
    try (ShardLog log = Logs.open(options)) {
      assertEquals(600, log.lastIndex());
      assertEquals(601 - log.firstIndex(), Records.replay(log, 0).size());
    }
  }

  /** Blocks that the files take. */
  private static long onDisk(Path directory) throws IOException {
    Process process = new ProcessBuilder("du", "-s", "-B1", directory.toString()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return Long.parseLong(output.substring(0, output.indexOf(0x09)));
  }

  @ParameterizedTest
  @EnumSource
  void bytesFromCountsWhatAReplayReads(LogKind kind) {
    try (ShardLog log = Logs.open(options(kind))) {
      assertEquals(0, log.bytesFrom(1));
      for (int i = 0; i < 100; i++) {
        Records.append(log, 9000);
      }
      assertEquals(0, log.bytesFrom(101));
      long all = log.bytesFrom(0);
      assertTrue(all >= 100 * 9064 && all < 100 * 9100 + SEGMENT / 16, "all " + all);
      long half = log.bytesFrom(51);
      assertTrue(half >= 50 * 9064 && half < 50 * 9100 + 80_000, "half " + half);
    }
  }

  @ParameterizedTest
  @EnumSource
  void emptyLivesKeepTheNumberOfTheLastRecordAndTakeNoMoreDisk(LogKind kind) {
    LogOptions options = options(kind);
    try (ShardLog log = Logs.open(options)) {
      for (int i = 0; i < 40; i++) {
        Records.append(log, 20_000);
      }
      log.sync();
      log.release(41);
    }
    for (int life = 0; life < 10; life++) {
      try (ShardLog log = Logs.open(options)) {
        assertEquals(40, log.lastIndex());
        log.release(41);
        log.sync();
        assertTrue(log.diskBytes() <= 6L * SEGMENT, "bytes " + log.diskBytes());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void directoryOfAnotherLogIsRefusedWithARemedy(LogKind kind) throws IOException {
    LogOptions options = options(kind);
    Logs.open(options).close();
    LogKind other = kind == LogKind.FILE ? LogKind.CHRONICLE : LogKind.FILE;
    refuses(LogOptions.of(other, options.directory(), 3), "set the log kind");
    refuses(LogOptions.of(kind, options.directory(), 4), "put it back");
    Path stranger = Files.createDirectory(directory.resolve("stranger"));
    Files.writeString(stranger.resolve("notes"), "mine");
    refuses(options.withDirectory(stranger), "empty directory");
    Path identity = options.directory().resolve(LogIdentity.FILE_NAME);
    Map<String, String> fields = new LinkedHashMap<>(IdentityFile.read(identity));
    fields.put("holdfast-log", "2");
    IdentityFile.write(identity, fields);
    refuses(options, "version of Holdfast");
  }

  private static void refuses(LogOptions options, String remedy) {
    LogException refused = assertThrows(LogException.class, () -> Logs.open(options).close());
    assertEquals(LogException.Kind.FOREIGN, refused.kind());
    assertTrue(String.valueOf(refused.getMessage()).contains(remedy), refused.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void segmentSizeMayChangeFromOneLifeToTheNext(LogKind kind) {
    for (int factor : new int[] {1, 3, 2}) {
      try (ShardLog log = Logs.open(options(kind).withSizes(factor * SEGMENT, MAX_PAYLOAD))) {
        for (int i = 0; i < 30; i++) {
          Records.append(log, 20_000);
          log.sync();
        }
        log.release(log.lastIndex() - 10);
      }
    }
    try (ShardLog log = Logs.open(options(kind))) {
      assertEquals(90, log.lastIndex());
      Records.replay(log, 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneThreadOpensAnotherAppendsAThirdCloses(LogKind kind) throws Exception {
    ShardLog log = Logs.open(options(kind));
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Runnable append =
        () -> {
          for (int i = 0; i < 30; i++) {
            Records.append(log, 20_000);
          }
        };
    for (Runnable work : List.of(append, (Runnable) log::sync, append, log::close)) {
      Thread thread = new Thread(work);
      thread.setUncaughtExceptionHandler((ignored, e) -> failure.set(e));
      thread.start();
      thread.join();
    }
    assertNull(failure.get());
    try (ShardLog reopened = Logs.open(options(kind))) {
      assertEquals(60, Records.replay(reopened, 1).size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void segmentIsHeldUntilTheHeaderOfTheNextIsOnDisk(LogKind kind) {
    try (ShardLog log = Logs.open(options(kind))) {
      for (int i = 0; i < 4; i++) {
        Records.append(log, 60_000);
      }
      log.sync();
      Records.append(log, 60_000);
      log.release(5);
      assertEquals(1, log.firstIndex());
      log.sync();
      log.release(5);
      assertTrue(log.firstIndex() > 1);
    }
  }
}
