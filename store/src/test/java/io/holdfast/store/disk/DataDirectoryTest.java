package io.holdfast.store.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.disk.DataDirectoryException.Kind;
import io.holdfast.store.file.IdentityFile;
import io.holdfast.store.log.LogKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  private static final DataDirectory.Options OPTIONS = new DataDirectory.Options(4, LogKind.FILE);

  @TempDir Path parent;

  private Path root() {
    return parent.resolve("data");
  }

  private static Kind refusal(Path root, DataDirectory.Options options) {
    return assertThrows(
            DataDirectoryException.class, () -> DataDirectory.open(root, options).close())
        .kind();
  }

  @Test
  void keepsItsStoreIdAndGivesEachDirectoryItsOwn() {
    UUID first;
    try (DataDirectory directory = DataDirectory.open(root(), OPTIONS)) {
      first = directory.storeId();
      assertTrue(directory.freeBytes() > 0);
      assertNotEquals(directory.logDirectory(0), directory.logDirectory(3));
      assertNotEquals(directory.logDirectory(0), directory.rowsDirectory());
      assertThrows(IllegalArgumentException.class, () -> directory.logDirectory(4));
    }
    try (DataDirectory directory = DataDirectory.open(root(), OPTIONS)) {
      assertEquals(first, directory.storeId());
    }
    try (DataDirectory other = DataDirectory.open(parent.resolve("other"), OPTIONS)) {
      assertNotEquals(first, other.storeId());
    }
  }

  @Test
  void secondHolderIsRefusedAndToldWhoHoldsIt() {
    try (DataDirectory held = DataDirectory.open(root(), OPTIONS)) {
      DataDirectoryException refused =
          assertThrows(
              DataDirectoryException.class, () -> DataDirectory.open(held.root(), OPTIONS).close());
      assertEquals(Kind.IN_USE, refused.kind());
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("process " + ProcessHandle.current().pid()), message);
    }
    DataDirectory.open(root(), OPTIONS).close();
  }

  @Test
  void changedShardCountOrLogKindIsRefused() {
    DataDirectory.open(root(), OPTIONS).close();
    assertEquals(Kind.CHANGED, refusal(root(), new DataDirectory.Options(5, LogKind.FILE)));
    assertEquals(Kind.CHANGED, refusal(root(), new DataDirectory.Options(4, LogKind.CHRONICLE)));
    DataDirectory.open(root(), OPTIONS).close();
  }

  @Test
  void directoryWithStrangersIsRefusedAndLeftAlone() throws IOException {
    Files.createDirectories(root());
    Files.writeString(root().resolve("thesis.txt"), "mine");
    assertEquals(Kind.FOREIGN, refusal(root(), OPTIONS));
    assertArrayEquals(new String[] {"thesis.txt"}, root().toFile().list());
  }

  @Test
  void newerFormatIsRefused() throws IOException {
    DataDirectory.open(root(), OPTIONS).close();
    Path identity = root().resolve(DataDirectory.IDENTITY);
    Map<String, String> fields = new LinkedHashMap<>(IdentityFile.read(identity));
    fields.put("holdfast-data", "2");
    IdentityFile.write(identity, fields);
    assertEquals(Kind.NEWER_FORMAT, refusal(root(), OPTIONS));
  }

  @Test
  void damagedIdentityIsNotBelieved() throws IOException {
    DataDirectory.open(root(), OPTIONS).close();
    Path identity = root().resolve(DataDirectory.IDENTITY);
    Files.writeString(identity, Files.readString(identity).replace("shards=4", "shards=5"));
    assertEquals(Kind.FAILED, refusal(root(), new DataDirectory.Options(5, LogKind.FILE)));
  }

  @Test
  void creationCutShortIsBegunAgain() throws IOException {
    Files.createDirectories(root());
    Files.writeString(root().resolve(DataDirectory.LOCK), "");
    Files.writeString(root().resolve(DataDirectory.IDENTITY + ".tmp"), "holdfast-da");
    DataDirectory.open(root(), OPTIONS).close();
  }
}
