package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class StoreImageTest {
  private static final int RANGE = 7;
  private static final int OTHER = 8;
  private static final KeyRange KEYS = new KeyRange(0, 1_000);
  private static final TableSpec TABLE = TableSpec.sparse().width(2).build();
  private static final byte[] FIRST = {1};
  private static final byte[] SECOND = {2, 2};

  @TempDir Path directory;
  private RocksRowStore store;

  @BeforeEach
  void open() {
    store = RocksRowStore.open(directory, RowStoreOptions.ofBudget(1 << 20), AddingRule.BOOK);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private RangeRows rows(int range, int count) {
    var rows = store.open(range, KEYS, TABLE);
    for (int key = 0; key < count; key++) {
      push(rows, key);
    }
    return rows;
  }

  private static void push(RangeRows rows, long key) {
    var keys = new KeyBatch();
    keys.setListed(1)[0] = key;
    var values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(2);
    rows.apply(keys, values.flip(), new UpdateContext(1, 0, 0, 1, 1));
  }

  private static void checkpoint(RangeRows rows, byte[] metadata) {
    var checkpoint = rows.beginCheckpoint();
    assertTrue(checkpoint.copy(Integer.MAX_VALUE));
    checkpoint.write(metadata);
    checkpoint.complete();
  }

  @Test
  void anImageHasTheLastCheckpointsAndNothingThatComesLater() {
    try (var rows = rows(RANGE, 100);
        var unsaved = rows(OTHER, 10)) {
      checkpoint(rows, FIRST);
      try (var image = store.image()) {
        push(rows, 500);
        checkpoint(rows, SECOND);
        checkpoint(unsaved, SECOND);
        assertArrayEquals(FIRST, image.metadata(RANGE).orElseThrow());
        assertTrue(image.metadata(OTHER).isEmpty());
        assertArrayEquals(SECOND, store.metadata(RANGE).orElseThrow());
        long about = image.amount(RANGE, KEYS).rows();
        assertTrue(about >= 50 && about <= 200, "about " + about + " rows");
        assertEquals(0, image.amount(OTHER, KEYS).rows());
      }
    }
  }

  @Test
  void anImageSharesItsSortedFilesAndOutlivesADrop() throws IOException {
    var rows = rows(RANGE, 100);
    checkpoint(rows, FIRST);
    rows.close();
    try (var image = store.image()) {
      var sorted =
          image.files().stream().filter(StoreImage.ImageFile::isSorted).findFirst().orElseThrow();
      Path own = directory.resolve("rocks").resolve(sorted.name());
      assertEquals(
          Files.getAttribute(own, "unix:ino"), Files.getAttribute(sorted.path(), "unix:ino"));
      store.drop(RANGE);
      assertTrue(store.metadata(RANGE).isEmpty());
      assertArrayEquals(FIRST, image.metadata(RANGE).orElseThrow());
      for (var file : image.files()) {
        assertEquals(file.bytes(), Files.size(file.path()), file.name());
      }
    }
  }

  @Test
  void nothingOfAnImageIsLeftWhenItIsClosedOrTheStoreOpenedAfterACrash() throws IOException {
    try (var rows = rows(RANGE, 10)) {
      checkpoint(rows, FIRST);
    }
    var closed = store.image();
    Files.writeString(closed.directory().resolve("beside"), "held");
    assertArrayEquals(FIRST, closed.metadata(RANGE).orElseThrow());
    closed.close();
    assertFalse(Files.exists(closed.directory()));
    var forgotten = store.image();
    assertTrue(Files.exists(forgotten.directory()));
    store.close();
    open();
    try (var left = Files.list(directory.resolve("incoming"))) {
      assertEquals(0, left.count());
    }
    assertArrayEquals(FIRST, store.metadata(RANGE).orElseThrow());
  }
}
