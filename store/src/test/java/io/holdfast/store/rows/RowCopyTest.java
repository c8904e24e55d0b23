package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Initial;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RowCopyTest {
  private static final RowStoreOptions OPTIONS = RowStoreOptions.ofBudget(1 << 20);
  private static final int FROM = 7;
  private static final int TO = 9;
  private static final int OTHER = 10;
  private static final byte[] FIRST = {1};
  private static final byte[] SECOND = {2, 2};
  private static final TableSpec PLAIN = TableSpec.sparse().width(2).build();

  @TempDir Path directory;
  private final SplittableRandom random = new SplittableRandom(5);
  private RocksRowStore source;
  private RocksRowStore target;

  @BeforeEach
  void openStores() {
    source = open("source");
    target = open("target");
  }

  @AfterEach
  void closeStores() {
    source.close();
    target.close();
  }

  private RocksRowStore open(String name) {
    return RocksRowStore.open(directory.resolve(name), OPTIONS, AddingRule.BOOK);
  }

  static List<TableSpec> tables() {
    var stateful = RuleSpec.of("add").with("state", 2);
    return List.of(
        PLAIN,
        TableSpec.sparse().width(1).rule(stateful).build(),
        TableSpec.sparse().width(33).rule(stateful).build(),
        TableSpec.sparse().width(3).int64().build(),
        TableSpec.dense(40_000).width(1).build(),
        TableSpec.dense(30_000).width(3).rule(stateful).build(),
        TableSpec.dense(30).width(4_096).build(),
        TableSpec.dense(20_000).width(2).int64().build());
  }

  private static KeyRange keysOf(TableSpec table) {
    return table.isDense() ? table.keys() : KeyRange.ALL;
  }

  private KeyBatch batch(KeyRange keys, int count) {
    // The largest ranges are larger than a signed number.
    long size = keys.size() == 0 ? -1 : keys.size();
    long step = Math.max(1, Long.divideUnsigned(size, 20_000));
    long span = Long.divideUnsigned(size, step);
    long[] listed =
        random
            .longs(count, 0, span)
            .map(offset -> keys.start() + offset * step)
            .distinct()
            .boxed()
            .sorted(Long::compareUnsigned)
            .mapToLong(Long::longValue)
            .toArray();
    KeyBatch batch = new KeyBatch();
    if (random.nextInt(3) == 0) {
      long room = keys.end() - listed[0];
      batch.setContiguous(listed[0], room > 0 && room < count ? (int) room : count);
    } else {
      batch.setListed(listed.length);
      System.arraycopy(listed, 0, batch.listed(), 0, listed.length);
    }
    return batch;
  }

  private void fill(ModelRows model, RangeRows rows, KeyRange keys) {
    int most = 100_000 / model.table.rowBytes();
    for (int i = 0; i < 5; i++) {
      model.push(random, batch(keys, 1 + random.nextInt(Math.min(300, most))), rows);
    }
  }

  private static void checkpoint(RangeRows rows, byte[] metadata) {
    Checkpoint checkpoint = rows.beginCheckpoint();
    while (!checkpoint.copy(1 << 20)) {
      // goes on
    }
    checkpoint.write(metadata);
    checkpoint.complete();
  }

  /** A range of a table with random rows, in a checkpoint. */
  private ModelRows filled(RocksRowStore store, int range, TableSpec table) {
    ModelRows model = new ModelRows(table);
    try (RangeRows rows = store.open(range, keysOf(table), table)) {
      for (int i = 0; i < 3; i++) {
        fill(model, rows, keysOf(table));
        checkpoint(rows, FIRST);
      }
    }
    return model;
  }

  private RowExport export(RocksRowStore store, int range, KeyRange keys) {
    return store.export(range, keys).orElseThrow();
  }

  private List<byte[]> chunks(RowExport export) {
    var chunks = new ArrayList<byte[]>();
    while (true) {
      ByteBuffer chunk = ModelRows.buffer(random, export.minChunkBytes() + random.nextInt(100_000));
      if (!export.next(chunk)) {
        return chunks;
      }
      byte[] bytes = new byte[chunk.flip().remaining()];
      chunk.get(bytes);
      chunks.add(bytes);
    }
  }

  private void copy(RowExport export, RocksRowStore to, int range, KeyRange keys, TableSpec table) {
    try (export;
        RowImport rows = to.importer(range, keys, table)) {
      chunks(export).forEach(chunk -> rows.add(ByteBuffer.wrap(chunk)));
      rows.complete(SECOND);
    }
  }

  private static RowDigest digest(RocksRowStore store, int range) {
    return digest(store, range, KeyRange.ALL);
  }

  private static RowDigest digest(RocksRowStore store, int range, KeyRange keys) {
    try (RowExport export = store.export(range, keys).orElseThrow()) {
      return RowDigest.of(export);
    }
  }

  /** Also pushes on, which shows what the rows' state is. */
  private void check(ModelRows model, RocksRowStore store, int range, KeyRange keys, String what) {
    assertArrayEquals(SECOND, store.metadata(range).orElseThrow());
    try (RangeRows rows = store.open(range, keys, model.table)) {
      model.checkAll(rows, what);
      fill(model, rows, keys);
      model.checkAll(rows, what + " and pushed on");
    }
  }

  @ParameterizedTest
  @MethodSource("tables")
  void aCopyHasAllRowsWithTheirState(TableSpec table) {
    ModelRows model = filled(source, FROM, table);
    try (RowExport export = export(source, FROM, keysOf(table))) {
      assertArrayEquals(FIRST, export.metadata());
      assertTrue(export.approximateBytes() > 0);
    }
    copy(export(source, FROM, keysOf(table)), target, TO, keysOf(table), table);
    assertEquals(digest(source, FROM, keysOf(table)), digest(target, TO, keysOf(table)));
    target.close();
    target = open("target");
    check(model, target, TO, keysOf(table), "copied");
    assertEquals(Optional.empty(), target.metadata(FROM));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void whatWasThereBeforeIsReplaced(TableSpec table) {
    filled(target, TO, table);
    filled(target, OTHER, table);
    RowDigest other = digest(target, OTHER, keysOf(table));
    ModelRows model = filled(source, FROM, table);
    copy(export(source, FROM, keysOf(table)), target, TO, keysOf(table), table);
    assertEquals(digest(source, FROM, keysOf(table)), digest(target, TO, keysOf(table)));
    check(model, target, TO, keysOf(table), "replaced");
    assertEquals(other, digest(target, OTHER, keysOf(table)));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void theDigestDoesNotDependOnCachesAndCheckpoints(TableSpec table) {
    KeyRange keys = keysOf(table);
    var tight = RowStoreOptions.ofBudget(64 << 10);
    try (var small = RocksRowStore.open(directory.resolve("small"), tight, AddingRule.BOOK);
        RangeRows here = source.open(FROM, keys, table);
        RangeRows there = small.open(TO, keys, table)) {
      for (int i = 0; i < 12; i++) {
        KeyBatch batch = batch(keys, 1 + random.nextInt(200));
        long seed = random.nextLong();
        new ModelRows(table).push(new SplittableRandom(seed), batch, here);
        new ModelRows(table).push(new SplittableRandom(seed), batch, there);
        if (there.wantsCheckpoint() || i == 11) {
          checkpoint(there, FIRST);
        }
      }
      checkpoint(here, FIRST);
      assertEquals(digest(source, FROM, keysOf(table)), digest(small, TO, keysOf(table)));
      new ModelRows(table).push(random, batch(keys, 50), here);
      checkpoint(here, FIRST);
      assertNotEquals(digest(source, FROM, keysOf(table)), digest(small, TO, keysOf(table)));
    }
  }

  @ParameterizedTest
  @MethodSource("tables")
  void aSplitGivesEachHalfItsRows(TableSpec table) {
    KeyRange keys = keysOf(table);
    ModelRows model = filled(source, FROM, table);
    for (int round = 0; round < 3; round++) {
      Long above = model.rows.ceilingKey(batch(keys, 1).key(0) | 1);
      long at = above == null ? 12_345 : above;
      var left = new KeyRange(keys.start(), at);
      var right = new KeyRange(at, keys.end());
      copy(export(source, FROM, left), source, TO, left, table);
      copy(export(source, FROM, right), source, OTHER, right, table);
      for (int range : new int[] {TO, OTHER}) {
        KeyRange half = range == TO ? left : right;
        ModelRows part = model.copy();
        part.rows.keySet().removeIf(key -> !half.contains(key));
        try (RangeRows rows = source.open(range, half, table)) {
          if (table.isDense()) {
            assertEquals(
                CellFormat.of(table, half, AddingRule.BOOK.rule(table).stateWidth()).pageShift(),
                ((CellRows) rows).format.pageShift());
          }
        }
        check(part, source, range, half, half + " of " + at);
      }
    }
    // A small part has smaller pages.
    long first = model.rows.firstKey();
    var small = new KeyRange(first, first + 3);
    copy(export(source, FROM, small), target, TO, small, table);
    ModelRows part = model.copy();
    part.rows.keySet().removeIf(key -> !small.contains(key));
    check(part, target, TO, small, "small");
  }

  @ParameterizedTest
  @MethodSource("tables")
  void aSplitIsTheSameOnEveryReplica(TableSpec table) {
    KeyRange keys = keysOf(table);
    ModelRows model = filled(source, FROM, table);
    long at = model.rows.navigableKeySet().stream().skip(model.rows.size() / 2).findFirst().get();
    var half = new KeyRange(at, keys.end());
    copy(export(source, FROM, keysOf(table)), target, FROM, keys, table);
    copy(export(source, FROM, half), source, TO, half, table);
    copy(export(target, FROM, half), target, TO, half, table);
    copy(export(source, TO, half), target, OTHER, half, table);
    assertEquals(digest(source, TO, half), digest(target, TO, half));
    assertEquals(digest(source, TO, half), digest(target, OTHER, half));
  }

  @Test
  void rowsThatDidNotComeAreInitial() {
    var table = TableSpec.dense(1_000).width(1).initial(new Initial.Constant(2.5)).build();
    var writer = new RowChunks.Writer(RowChunks.Shape.of(CellFormat.of(table, table.keys(), 0)));
    ByteBuffer chunk = ByteBuffer.allocate(100);
    writer.begin(chunk);
    ByteBuffer rows = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(2, writer.add(500, 2, rows.putFloat(0, 7).putFloat(4, 8), 0));
    try (RowImport into = target.importer(TO, table.keys(), table)) {
      into.add(chunk.flip());
      into.complete(FIRST);
    }
    try (RangeRows open = target.open(TO, table.keys(), table)) {
      KeyBatch keys = new KeyBatch();
      keys.setContiguous(499, 4);
      ByteBuffer out = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
      open.gather(keys, 0, out);
      assertEquals(2.5f, out.getFloat(0));
      assertEquals(7, out.getFloat(4));
      assertEquals(8, out.getFloat(8));
      assertEquals(2.5f, out.getFloat(12));
    }
  }

  @ParameterizedTest
  @MethodSource("tables")
  void aSingleBitChangesTheDigest(TableSpec table) {
    filled(source, FROM, table);
    List<byte[]> chunks;
    try (RowExport export = export(source, FROM, keysOf(table))) {
      chunks = chunks(export);
    }
    RowDigest right = digest(source, FROM, keysOf(table));
    int changed = 0;
    for (int i = 0; i < 30; i++) {
      int which = random.nextInt(chunks.size());
      byte[] chunk = chunks.get(which);
      int at = random.nextInt(chunk.length);
      byte bit = (byte) (1 << random.nextInt(8));
      chunk[at] ^= bit;
      try (RowImport rows = target.importer(TO, keysOf(table), table)) {
        chunks.forEach(each -> rows.add(ByteBuffer.wrap(each)));
        rows.complete(FIRST);
        boolean isReserved = which == 0 && at >= 6 && at < 8;
        if (!isReserved) {
          changed++;
          assertNotEquals(
              right, digest(target, TO, keysOf(table)), "bit " + bit + " of byte " + at);
        }
      } catch (IllegalArgumentException e) {
        // Not even readable.
      }
      chunk[at] ^= bit;
    }
    assertTrue(changed > 5, changed + " of 30");
  }

  @Test
  void anExportIsUnmovedByLaterCheckpointsAndByADrop() {
    ModelRows model = filled(source, FROM, PLAIN);
    RowDigest before = digest(source, FROM);
    try (RowExport export = export(source, FROM, KeyRange.ALL)) {
      try (RangeRows rows = source.open(FROM, KeyRange.ALL, PLAIN)) {
        fill(model.copy(), rows, KeyRange.ALL);
        checkpoint(rows, SECOND);
      }
      source.drop(FROM);
      assertArrayEquals(FIRST, export.metadata());
      assertEquals(before, RowDigest.of(export));
    }
    assertEquals(Optional.empty(), source.export(FROM, KeyRange.ALL));
  }

  @Test
  void whatWasNotCompletedIsNotThere() throws IOException {
    ModelRows old = filled(target, TO, PLAIN);
    filled(source, FROM, PLAIN);
    RowDigest before = digest(target, TO);
    Path crashed;
    try (RowExport export = export(source, FROM, KeyRange.ALL);
        RowImport rows = target.importer(TO, KeyRange.ALL, PLAIN)) {
      chunks(export).forEach(chunk -> rows.add(ByteBuffer.wrap(chunk)));
      crashed = crashCopy("target", "crashed");
    }
    assertEquals(List.of(), incoming(target, "target"));
    assertEquals(before, digest(target, TO));
    try (var after = open(crashed.getFileName().toString())) {
      assertEquals(before, digest(after, TO));
      assertEquals(List.of(), incoming(after, "crashed"));
      try (RangeRows rows = after.open(TO, KeyRange.ALL, PLAIN)) {
        old.checkAll(rows, "crashed");
      }
    }
  }

  @Test
  void aCrashBetweenTheTwoStepsLeavesAnEmptyRange() throws IOException {
    filled(target, TO, PLAIN);
    filled(source, FROM, PLAIN);
    try (RowExport export = export(source, FROM, KeyRange.ALL);
        RowImport rows = target.importer(TO, KeyRange.ALL, PLAIN)) {
      chunks(export).forEach(chunk -> rows.add(ByteBuffer.wrap(chunk)));
      target.drop(TO);
      crashCopy("target", "crashed");
    }
    try (var after = open("crashed")) {
      assertEquals(Optional.empty(), after.metadata(TO));
      assertEquals(Optional.empty(), after.export(TO, KeyRange.ALL));
      try (RangeRows rows = after.open(TO, KeyRange.ALL, PLAIN)) {
        new ModelRows(PLAIN).checkAll(rows, "crashed");
      }
    }
  }

  @Test
  void aCompletedImportIsDurable() throws IOException {
    filled(target, TO, PLAIN);
    ModelRows model = filled(source, FROM, PLAIN);
    copy(export(source, FROM, KeyRange.ALL), target, TO, KeyRange.ALL, PLAIN);
    crashCopy("target", "crashed");
    try (var after = open("crashed")) {
      check(model, after, TO, KeyRange.ALL, "crashed");
    }
  }

  @Test
  void anEmptyRangeIsCopiedToo() {
    try (RangeRows rows = source.open(FROM, KeyRange.ALL, PLAIN)) {
      checkpoint(rows, FIRST);
    }
    filled(target, TO, PLAIN);
    copy(export(source, FROM, KeyRange.ALL), target, TO, KeyRange.ALL, PLAIN);
    assertEquals(new RowDigest(0, digest(source, FROM).hash()), digest(target, TO));
    check(new ModelRows(PLAIN), target, TO, KeyRange.ALL, "empty");
  }

  @Test
  void rowsThatDoNotBelongThereAreRefused() {
    filled(source, FROM, PLAIN);
    List<byte[]> chunks;
    try (RowExport export = export(source, FROM, KeyRange.ALL)) {
      chunks = chunks(export);
      ByteBuffer tooSmall = ByteBuffer.allocate(3);
      assertThrows(IllegalArgumentException.class, () -> export.next(tooSmall));
    }
    refused(chunks.get(0), TableSpec.sparse().width(3).build(), KeyRange.ALL);
    refused(chunks.get(0), TableSpec.sparse().width(2).int64().build(), KeyRange.ALL);
    refused(chunks.get(0), PLAIN, new KeyRange(1, 2));
    refused(new byte[] {1, 2, 3}, PLAIN, KeyRange.ALL);
    refused(java.util.Arrays.copyOf(chunks.get(0), 21), PLAIN, KeyRange.ALL);
    try (RowImport rows = target.importer(TO, KeyRange.ALL, PLAIN)) {
      rows.add(ByteBuffer.wrap(chunks.get(0)));
      byte[] again = java.util.Arrays.copyOfRange(chunks.get(0), 16, chunks.get(0).length);
      assertThrows(IllegalArgumentException.class, () -> rows.add(ByteBuffer.wrap(again)));
      assertThrows(IllegalStateException.class, () -> rows.complete(FIRST));
    }
    assertEquals(Optional.empty(), target.metadata(TO));
  }

  private void refused(byte[] chunk, TableSpec table, KeyRange keys) {
    try (RowImport rows = target.importer(TO, keys, table)) {
      assertThrows(IllegalArgumentException.class, () -> rows.add(ByteBuffer.wrap(chunk)));
    }
  }

  @Test
  void anImportLeavesTheReserveOfTheDisk() throws IOException {
    filled(source, FROM, PLAIN);
    var greedy = OPTIONS.withDiskReserveBytes(Long.MAX_VALUE / 2);
    try (var full = RocksRowStore.open(directory.resolve("full"), greedy, AddingRule.BOOK);
        RowExport export = export(source, FROM, KeyRange.ALL);
        RowImport rows = full.importer(TO, KeyRange.ALL, PLAIN)) {
      List<byte[]> chunks = chunks(export);
      var thrown =
          assertThrows(
              StoreException.class,
              () -> chunks.forEach(chunk -> rows.add(ByteBuffer.wrap(chunk))));
      assertEquals(StoreException.Kind.DISK_FULL, thrown.kind());
      assertEquals(List.of(), incoming(full, "full"));
    }
  }

  @Test
  void exportsAndImportsEndWithTheStore() {
    filled(source, FROM, PLAIN);
    RowExport export = export(source, FROM, KeyRange.ALL);
    RowImport rows = source.importer(TO, KeyRange.ALL, PLAIN);
    source.close();
    ByteBuffer chunk = ByteBuffer.allocate(1_000);
    assertThrows(IllegalStateException.class, () -> export.next(chunk));
    assertThrows(IllegalStateException.class, () -> rows.complete(FIRST));
    export.close();
    rows.close();
    source = open("source");
    assertFalse(source.metadata(TO).isPresent());
  }

  private Path crashCopy(String from, String name) throws IOException {
    Path home = directory.resolve(from);
    for (int attempt = 0; ; attempt++) {
      Path copy = directory.resolve(name);
      try (Stream<Path> files = Files.walk(home)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Files.copy(file, copy.resolve(home.relativize(file)));
        }
        return copy;
      } catch (NoSuchFileException | UncheckedIOException e) {
        // RocksDB removes what it needs no more when it likes: no moment's files were copied.
        assertTrue(attempt < 20, "files kept going away: " + e);
        delete(copy);
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private List<Path> incoming(RocksRowStore store, String home) throws IOException {
    assertTrue(store.cacheBudgetBytes() > 0);
    try (Stream<Path> files = Files.list(directory.resolve(home).resolve("incoming"))) {
      return files.toList();
    }
  }
}
