package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a store that are read and not served. */
class RowImageTest {
  private static final RowStoreOptions OPTIONS = RowStoreOptions.ofBudget(1 << 20);
  private static final TableSpec SPARSE = TableSpec.sparse().width(2).build();
  private static final TableSpec DENSE = TableSpec.dense(5_000).width(3).build();
  private static final byte[] METADATA = {1, 2, 3};

  @TempDir Path directory;
  private final SplittableRandom random = new SplittableRandom(11);
  private Path image;
  private RowDigest sparse;
  private RowDigest upper;

  @BeforeEach
  void makeImage() throws IOException {
    try (var store = RocksRowStore.open(directory.resolve("store"), OPTIONS, AddingRule.BOOK)) {
      fill(store, 7, SPARSE, KeyRange.ALL, 0, 3_000);
      fill(store, 8, DENSE, new KeyRange(0, 2_000), 0, 2_000);
      fill(store, 9, DENSE, new KeyRange(2_000, 5_000), 2_000, 3_000);
      sparse = digest(store.export(7, KeyRange.ALL));
      upper = digest(store.export(9, new KeyRange(2_500, 4_000)));
    }
    image = copyOf("store", "image");
  }

  private void fill(
      RocksRowStore store, int range, TableSpec table, KeyRange keys, long first, int count) {
    try (RangeRows rows = store.open(range, keys, table)) {
      KeyBatch batch = new KeyBatch();
      batch.setContiguous(first, count);
      new ModelRows(table).push(random, batch, rows);
      Checkpoint checkpoint = rows.beginCheckpoint();
      while (!checkpoint.copy(1 << 20)) {
        // goes on
      }
      checkpoint.write(METADATA);
      checkpoint.complete();
    }
  }

  private static RowDigest digest(Optional<RowExport> from) {
    try (RowExport export = from.orElseThrow()) {
      return RowDigest.of(export);
    }
  }

  private Path copyOf(String store, String name) throws IOException {
    Path to = Files.createDirectory(directory.resolve(name));
    try (var files = Files.list(directory.resolve(store).resolve("rocks"))) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  private Path anyRows() throws IOException {
    try (var files = Files.list(image)) {
      return files.filter(file -> file.toString().endsWith(".sst")).sorted().findFirst().get();
    }
  }

  private void assertRefused(Path file) {
    var refused = assertThrows(StoreException.class, () -> RowImage.open(image).close());
    assertNames(file, refused);
  }

  private static void assertNames(Path file, StoreException refused) {
    assertEquals(StoreException.Kind.CORRUPT, refused.kind(), refused.getMessage());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(file.getFileName().toString()), message);
    assertTrue(message.contains("snapshot verify"), message);
  }

  @Test
  void anImageHasTheRowsOfTheStore() {
    try (RowImage opened = RowImage.open(image)) {
      opened.verify();
      assertEquals(sparse, digest(opened.export(7, KeyRange.ALL)));
      assertEquals(upper, digest(opened.export(9, new KeyRange(2_500, 4_000))));
      assertArrayEquals(METADATA, opened.metadata(7).orElseThrow());
      assertTrue(opened.export(10, KeyRange.ALL).isEmpty());
      assertTrue(opened.metadata(10).isEmpty());
    }
  }

  @Test
  void rangesThatAreNextToEachOtherBecomeOne() {
    KeyRange keys = new KeyRange(0, 5_000);
    try (RowImage opened = RowImage.open(image);
        var target = RocksRowStore.open(directory.resolve("target"), OPTIONS, AddingRule.BOOK)) {
      try (RowExport joined = joined(opened);
          RowImport rows = target.importer(3, keys, DENSE)) {
        ByteBuffer chunk = ByteBuffer.allocate(joined.minChunkBytes() + 1_000);
        while (joined.next(chunk.clear())) {
          rows.add(chunk.flip());
        }
        rows.complete(METADATA);
      }
      RowDigest both;
      try (RowExport joined = joined(opened)) {
        both = RowDigest.of(joined);
      }
      assertEquals(5_000, both.rows());
      assertEquals(both, digest(target.export(3, keys)));
      assertEquals(upper, digest(target.export(3, new KeyRange(2_500, 4_000))));
    }
  }

  private static RowExport joined(RowImage opened) {
    return new JoinedExport(
        List.of(
            opened.export(8, new KeyRange(0, 2_000)).orElseThrow(),
            opened.export(9, new KeyRange(2_000, 5_000)).orElseThrow()));
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    Path file = anyRows();
    byte[] bytes = Files.readAllBytes(file);
    bytes[100] = (byte) (bytes[100] ^ 1);
    Files.write(file, bytes);
    try (RowImage opened = RowImage.open(image)) {
      assertNames(file, assertThrows(StoreException.class, opened::verify));
    }
  }

  @Test
  void aFileThatWasCutOffIsNamed() throws IOException {
    Path file = anyRows();
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 100));
    assertRefused(file);
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    Path file = anyRows();
    Files.delete(file);
    assertRefused(file);
  }

  @Test
  void anImageWithoutItsHeadIsRefused() throws IOException {
    Files.delete(image.resolve("CURRENT"));
    assertRefused(image.resolve("CURRENT"));
  }

  @Test
  void whatIsNoImageIsRefused() throws IOException {
    Files.writeString(image.resolve("notes.txt"), "mine");
    assertRefused(image.resolve("notes.txt"));
  }

  @Test
  void filesOfAnotherDatabaseAreRefused() throws IOException {
    try (var store = RocksRowStore.open(directory.resolve("other"), OPTIONS, AddingRule.BOOK)) {
      for (int i = 0; i < 4; i++) {
        fill(store, 7, SPARSE, KeyRange.ALL, 0, 3_000);
      }
    }
    Path other = copyOf("other", "other-image");
    Path added = null;
    try (var files = Files.list(other)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".sst")).sorted().toList()) {
        Path here = image.resolve(file.getFileName());
        if (!Files.exists(here)) {
          added = Files.copy(file, here);
        }
      }
    }
    assertTrue(added != null, "one that is not in the image");
    assertRefused(added);
    Files.delete(added);
    Path replaced = anyRows();
    Files.copy(
        other.resolve(replaced.getFileName()),
        replaced,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused(replaced);
  }
}
