package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.log.FaultyFiles.Place;
import io.holdfast.store.log.LogException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rule P23: a torn tail is cut off, damage to what was durable is corruption. */
class LogDamageTest {
  private static final int LENGTH = 150;
  private static final int RECORDS = 40;

  @TempDir Path directory;
  private int copies;

  private LogOptions options(LogKind kind) {
    return LogOptions.of(kind, directory.resolve("log"), 3).withSizes(256 << 10, 64 << 10);
  }

  /** A log that nobody closed, of durable records and then one more, which was not synced. */
  private LogOptions killed(LogKind kind) throws IOException {
    LogOptions options = options(kind);
    try (ShardLog log = Logs.open(options)) {
      for (int i = 1; i < RECORDS; i++) {
        Records.append(log, LENGTH);
        log.sync();
      }
      Records.append(log, LENGTH);
      LogOptions copy = options.withDirectory(directory.resolve("killed"));
      FaultyFiles.copy(options.directory(), copy.directory());
      return copy;
    }
  }

  private LogOptions copyOf(LogOptions options) throws IOException {
    LogOptions copy = options.withDirectory(directory.resolve("copy" + copies++));
    FaultyFiles.copy(options.directory(), copy.directory());
    return copy;
  }

  private static Place place(LogOptions options, long index) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(LENGTH);
    Records.fill(payload, index, LENGTH);
    Place found = Place.find(options.directory(), payload.array());
    return new Place(found.file(), found.offset() - RecordLayout.HEADER_BYTES);
  }

  /** What happens to the last record. */
  private interface Damage {
    void at(Place place, int offset) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void tornTailIsCutWhereverItIsTornAndTheLogGoesOn(LogKind kind) throws IOException {
    LogOptions killed = killed(kind);
    Damage[] damages = {Place::flip, Place::zeroFrom, Place::truncateAt};
    for (Damage damage : damages) {
      for (int offset = 0; offset < RecordLayout.HEADER_BYTES + LENGTH; offset += 11) {
        LogOptions options = copyOf(killed);
        damage.at(place(options, RECORDS), offset);
        goesOnAfter(options, RECORDS - 1);
      }
    }
  }

  private static void goesOnAfter(LogOptions options, long last) {
    try (ShardLog log = Logs.open(options)) {
      assertEquals(last, log.lastIndex());
      assertEquals(last, Records.replay(log, 1).size());
      assertEquals(last + 1, Records.append(log, LENGTH).index());
      log.sync();
      Records.append(log, 10);
    }
    try (ShardLog log = Logs.open(options)) {
      assertEquals(last + 2, Records.replay(log, 1).size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatOnlyTheProcessDiedWithIsKept(LogKind kind) throws IOException {
    goesOnAfter(killed(kind), RECORDS);
  }

  @ParameterizedTest
  @EnumSource
  void damageToADurableRecordIsCorruptionAndNothingIsChanged(LogKind kind) throws IOException {
    LogOptions killed = killed(kind);
    Files.delete(killed.directory().resolve(DurableMark.FILE_NAME));
    for (int offset = 0; offset < RecordLayout.HEADER_BYTES + LENGTH; offset += 29) {
      LogOptions options = copyOf(killed);
      place(options, RECORDS / 2).flip(offset);
      refusesAsCorrupt(options, "record " + RECORDS / 2);
    }
  }

  private static void refusesAsCorrupt(LogOptions options, String named) throws IOException {
    Map<String, Integer> before = FaultyFiles.contents(options.directory());
    LogException refused = assertThrows(LogException.class, () -> Logs.open(options).close());
    assertEquals(Kind.CORRUPT, refused.kind());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(named) && message.contains("offset"), message);
    assertEquals(before, FaultyFiles.contents(options.directory()));
  }

  @ParameterizedTest
  @EnumSource
  void durableMarkTellsDamageToTheLastDurableRecordFromATornOne(LogKind kind) throws IOException {
    LogOptions options = options(kind);
    try (ShardLog log = Logs.open(options)) {
      for (int i = 0; i < 5; i++) {
        Records.append(log, LENGTH);
      }
      log.sync();
    }
    place(options, 5).flip(70);
    LogOptions unmarked = copyOf(options);
    Files.delete(unmarked.directory().resolve(DurableMark.FILE_NAME));
    refusesAsCorrupt(options, "record 5");
    goesOnAfter(unmarked, 4);
  }

  @ParameterizedTest
  @EnumSource
  void damagedHeaderOfTheOldestSegmentIsCorruption(LogKind kind) throws IOException {
    LogOptions options = killed(kind);
    byte[] magic = {'H', 'F', 'L', 'O', 'G', 'S', 'E', 'G'};
    Place.find(options.directory(), magic).flip(41);
    refusesAsCorrupt(options, "segment header");
  }

  @ParameterizedTest
  @EnumSource
  void missingSegmentInTheMiddleIsCorruption(LogKind kind) throws IOException {
    LogOptions options = options(kind);
    try (ShardLog log = Logs.open(options)) {
      for (int i = 1; i <= 40; i++) {
        Records.append(log, 30_000);
        log.sync();
      }
      byte[] start = new byte[100];
      Records.fill(ByteBuffer.wrap(start), 20, start.length);
      Files.delete(Place.find(options.directory(), start).file());
      LogOptions copy = copyOf(options);
      refusesAsCorrupt(copy, "cannot be read");
    }
  }

  @ParameterizedTest
  @EnumSource
  void recordsBehindACutNeverComeBack(LogKind kind) throws IOException {
    LogOptions options = options(kind).withDirectory(directory.resolve("unsynced"));
    LogOptions copy;
    try (ShardLog log = Logs.open(options)) {
      for (int i = 1; i <= 10; i++) {
        Records.append(log, LENGTH);
      }
      copy = copyOf(options);
    }
    place(copy, 6).flip(100);
    try (ShardLog log = Logs.open(copy)) {
      assertEquals(5, log.lastIndex());
      // Of the same length: what was record 7 would follow it.
      Records.append(log, LENGTH);
    }
    try (ShardLog log = Logs.open(copy)) {
      assertEquals(6, log.lastIndex());
    }
  }

  @ParameterizedTest
  @EnumSource
  void recordsOfAnotherLogAreNotTaken(LogKind kind) throws IOException {
    LogOptions killed = killed(kind);
    Path file = place(killed, 1).file();
    LogOptions other = killed.withDirectory(directory.resolve("other"));
    Logs.open(other).close();
    for (Path path : files(other.directory())) {
      if (!path.getFileName().toString().contains(".id")
          && !path.getFileName().toString().contains(".mark")) {
        Files.delete(path);
      }
    }
    Files.copy(file, other.directory().resolve(file.getFileName()));
    LogException refused = assertThrows(LogException.class, () -> Logs.open(other).close());
    assertEquals(Kind.FOREIGN, refused.kind());
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.toList();
    }
  }
}
