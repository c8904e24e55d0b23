package io.holdfast.store.rows;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final RowStoreOptions OPTIONS = RowStoreOptions.ofBudget(4 << 20);
  private static final TableSpec TABLE = TableSpec.sparse().width(2).build();
  private static final int RANGE = 3;
  private static final byte[] FIRST = {1};
  private static final byte[] SECOND = {2, 2};

  @TempDir Path directory;
  private Path home;
  private RocksRowStore store;
  private RangeRows rows;

  @BeforeEach
  void openStore() {
    home = directory.resolve("home");
    store = RocksRowStore.open(home, OPTIONS, AddingRule.BOOK);
    rows = store.open(RANGE, KeyRange.ALL, TABLE);
  }

  @AfterEach
  void closeStore() {
    rows.close();
    store.close();
  }

  private static void push(RangeRows target, long firstKey, int count, float value) {
    KeyBatch keys = new KeyBatch();
    keys.setContiguous(firstKey, count);
    ByteBuffer values = ByteBuffer.allocate(count * 8).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      values.putFloat(value);
    }
    target.apply(keys, values.flip(), ModelRows.CONTEXT);
  }

  private static float pull(RangeRows source, long key) {
    KeyBatch keys = new KeyBatch();
    keys.setContiguous(key, 1);
    ByteBuffer out = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(1, source.gather(keys, 0, out));
    assertEquals(out.getFloat(0), out.getFloat(4));
    return out.getFloat(0);
  }

  private void checkpoint(byte[] metadata) {
    Checkpoint checkpoint = rows.beginCheckpoint();
    copyAll(checkpoint);
    checkpoint.write(metadata);
    checkpoint.complete();
  }

  private static void assertSays(String expected, StoreException thrown) {
    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.contains(expected), message);
  }

  private static void copyAll(Checkpoint checkpoint) {
    while (!checkpoint.copy(64)) {
      // goes on
    }
  }

  private void reopen(Path at) {
    rows.close();
    store.close();
    store = RocksRowStore.open(at, OPTIONS, AddingRule.BOOK);
    rows = store.open(RANGE, KeyRange.ALL, TABLE);
  }

  @Test
  void checkpointsOfTheSameRowsAreMergedMeanwhile() {
    int checkpoints = 12;
    for (int i = 0; i < checkpoints; i++) {
      push(rows, 0, 100, 1);
      checkpoint(FIRST);
    }
    await().until(() -> sortedFiles() < checkpoints);
    assertEquals(checkpoints, pull(rows, 7));
  }

  private long sortedFiles() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("rocks"))) {
      return files.filter(file -> file.toString().endsWith(".sst")).count();
    }
  }

  /** What a crash at this moment leaves on disk. */
  private Path crashCopy(String name) throws IOException {
    Path copy = directory.resolve(name);
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, copy.resolve(home.relativize(file)));
      }
    }
    return copy;
  }

  private List<Path> incoming(Path at) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(at.resolve("incoming"))) {
      files.forEach(found::add);
    }
    return found;
  }

  @Test
  void changesAfterTheFreezeDoNotShowInIt() {
    push(rows, 10, 3, 1);
    Checkpoint checkpoint = rows.beginCheckpoint();
    assertEquals(0, rows.dirtyBytes());
    push(rows, 10, 1, 100);
    assertFalse(checkpoint.copy(8));
    push(rows, 11, 2, 100);
    push(rows, 20, 1, 100);
    copyAll(checkpoint);
    checkpoint.write(FIRST);
    checkpoint.complete();
    assertEquals(4 * 8, rows.dirtyBytes(), "what changed since is dirty");
    assertEquals(101, pull(rows, 11));
    reopen(home);
    for (long key : new long[] {10, 11, 12}) {
      assertEquals(1, pull(rows, key), "key " + key);
    }
    assertEquals(0, pull(rows, 20));
    assertArrayEquals(FIRST, store.metadata(RANGE).orElseThrow());
  }

  @Test
  void metadataIsWrittenEvenWhereNothingIsDirty() {
    assertEquals(Optional.empty(), store.metadata(RANGE));
    checkpoint(FIRST);
    assertArrayEquals(FIRST, store.metadata(RANGE).orElseThrow());
    push(rows, 1, 1, 1);
    checkpoint(SECOND);
    checkpoint(FIRST);
    reopen(home);
    assertArrayEquals(FIRST, store.metadata(RANGE).orElseThrow());
    assertEquals(1, pull(rows, 1));
  }

  @Test
  void aCrashBetweenFileAndIngestLeavesTheOldCheckpointWhole() throws IOException {
    push(rows, 1, 100, 1);
    checkpoint(FIRST);
    push(rows, 50, 100, 1);
    RangeCheckpoint second = (RangeCheckpoint) rows.beginCheckpoint();
    copyAll(second);
    second.writeFile(SECOND);
    Path crashed = crashCopy("before");
    assertEquals(1, incoming(crashed).size());
    store.ingest(RANGE);
    second.complete();
    Path after = crashCopy("after");

    reopen(crashed);
    assertEquals(List.of(), incoming(crashed), "leftovers are removed");
    assertArrayEquals(FIRST, store.metadata(RANGE).orElseThrow());
    assertEquals(1, pull(rows, 60));
    assertEquals(0, pull(rows, 120));

    reopen(after);
    assertArrayEquals(SECOND, store.metadata(RANGE).orElseThrow());
    assertEquals(2, pull(rows, 60));
    assertEquals(1, pull(rows, 120));
  }

  @Test
  void whatIsAbandonedIsDirtyAgain() {
    push(rows, 1, 10, 1);
    Checkpoint abandoned = rows.beginCheckpoint();
    abandoned.copy(30);
    push(rows, 5, 10, 1);
    abandoned.abandon();
    assertEquals(14 * 8, rows.dirtyBytes());
    assertThrows(IllegalStateException.class, abandoned::complete);
    checkpoint(FIRST);
    reopen(home);
    assertEquals(1, pull(rows, 1));
    assertEquals(2, pull(rows, 7));
    assertEquals(1, pull(rows, 14));
  }

  @Test
  void aRangeHasOneCheckpointAtATime() {
    Checkpoint running = rows.beginCheckpoint();
    assertThrows(IllegalStateException.class, rows::beginCheckpoint);
    copyAll(running);
    running.write(FIRST);
    running.complete();
    rows.beginCheckpoint().abandon();
  }

  @Test
  void marksNeverRunOut() {
    for (int i = 1; i <= 200; i++) {
      push(rows, i % 5, 3, 1);
      checkpoint(new byte[] {(byte) i});
      assertEquals(0, rows.dirtyBytes(), "checkpoint " + i);
    }
    float before = pull(rows, 3);
    reopen(home);
    assertEquals(before, pull(rows, 3));
  }

  @Test
  void aDeviceWithoutSpaceFailsTheCheckpointOnly() throws IOException {
    push(rows, 1, 10, 1);
    checkpoint(FIRST);
    push(rows, 1, 10, 1);
    Path file = store.incomingFile(RANGE);
    Files.createSymbolicLink(file, Path.of("/dev/full"));
    Checkpoint failing = rows.beginCheckpoint();
    copyAll(failing);
    StoreException full = assertThrows(StoreException.class, () -> failing.write(SECOND));
    assertEquals(StoreException.Kind.DISK_FULL, full.kind(), full.getMessage());
    assertEquals(List.of(), incoming(home), "the partial file is removed");
    failing.abandon();
    assertArrayEquals(FIRST, store.metadata(RANGE).orElseThrow());
    checkpoint(SECOND);
    reopen(home);
    assertEquals(2, pull(rows, 10));
    assertArrayEquals(SECOND, store.metadata(RANGE).orElseThrow());
  }

  @Test
  void aCheckpointThatWouldEatTheReserveIsRefused() {
    rows.close();
    store.close();
    store =
        RocksRowStore.open(home, OPTIONS.withDiskReserveBytes(Long.MAX_VALUE / 2), AddingRule.BOOK);
    rows = store.open(RANGE, KeyRange.ALL, TABLE);
    Checkpoint failing = rows.beginCheckpoint();
    copyAll(failing);
    StoreException full = assertThrows(StoreException.class, () -> failing.write(FIRST));
    assertEquals(StoreException.Kind.DISK_FULL, full.kind());
    assertSays("Free some space", full);
    failing.abandon();
  }

  @Test
  void aDamagedFileIsCorruptionAndNotAnAbsentRow() throws IOException {
    push(rows, 1, 20_000, 1);
    checkpoint(FIRST);
    rows.close();
    store.close();
    damageMiddle(sortedFile());
    store = RocksRowStore.open(home, OPTIONS, AddingRule.BOOK);
    rows = store.open(RANGE, KeyRange.ALL, TABLE);
    StoreException pulled =
        assertThrows(
            StoreException.class,
            () -> {
              for (int key = 1; key <= 20_000; key += 50) {
                assertEquals(1, pull(rows, key), "key " + key);
              }
            });
    assertEquals(StoreException.Kind.CORRUPT, pulled.kind(), pulled.getMessage());
    assertSays(".sst", pulled);
    assertSays("restore a snapshot", pulled);
    StoreException pushed = assertThrows(StoreException.class, () -> push(rows, 1, 20_000, 1));
    assertEquals(StoreException.Kind.CORRUPT, pushed.kind());
  }

  @Test
  void aMissingFileIsCorruptionWhenTheStoreIsOpened() throws IOException {
    push(rows, 1, 10, 1);
    checkpoint(FIRST);
    rows.close();
    store.close();
    Files.delete(sortedFile());
    StoreException missing =
        assertThrows(
            StoreException.class, () -> RocksRowStore.open(home, OPTIONS, AddingRule.BOOK));
    assertEquals(StoreException.Kind.CORRUPT, missing.kind(), missing.getMessage());
  }

  private Path sortedFile() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(home.resolve("rocks"), "*.sst")) {
      files.forEach(found::add);
    }
    assertEquals(1, found.size(), found.toString());
    return found.get(0);
  }

  private static void damageMiddle(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), channel.size() / 3);
    }
  }

  @Test
  void aStoreThatIsOpenElsewhereSaysSo() {
    StoreException locked =
        assertThrows(
            StoreException.class, () -> RocksRowStore.open(home, OPTIONS, AddingRule.BOOK));
    assertEquals(StoreException.Kind.IO, locked.kind());
    assertSays("has the directory open", locked);
  }

  @Test
  void rowsOfAnotherShapeAreRefused() {
    checkpoint(FIRST);
    RuleSpec stateful = RuleSpec.of("add").with("state", 1);
    for (TableSpec other :
        List.of(
            TableSpec.sparse().width(3).build(),
            TableSpec.sparse().width(2).int64().build(),
            TableSpec.sparse().width(2).rule(stateful).build(),
            TableSpec.dense(100).width(2).build())) {
      StoreException refused =
          assertThrows(StoreException.class, () -> store.open(RANGE, other.keys(), other));
      assertEquals(StoreException.Kind.CORRUPT, refused.kind());
      assertSays("width", refused);
    }
  }

  @Test
  void whatIsDroppedStaysAway() throws IOException {
    RangeRows neighbour = store.open(RANGE + 1, KeyRange.ALL, TABLE);
    push(neighbour, 0, 10, 5);
    Checkpoint kept = neighbour.beginCheckpoint();
    copyAll(kept);
    kept.write(SECOND);
    kept.complete();
    neighbour.close();
    push(rows, -5, 5, 1);
    checkpoint(FIRST);
    rows.close();
    store.drop(RANGE);
    Path crashed = crashCopy("dropped");
    rows = store.open(RANGE, KeyRange.ALL, TABLE);
    reopen(crashed);
    assertEquals(Optional.empty(), store.metadata(RANGE));
    assertEquals(0, pull(rows, -1));
    push(rows, -1, 1, 7);
    checkpoint(FIRST);
    reopen(crashed);
    assertEquals(7, pull(rows, -1));
    assertEquals(0, pull(rows, -2));
    RangeRows again = store.open(RANGE + 1, KeyRange.ALL, TABLE);
    assertEquals(5, pull(again, 9));
    assertArrayEquals(SECOND, store.metadata(RANGE + 1).orElseThrow());
    again.close();
  }
}
