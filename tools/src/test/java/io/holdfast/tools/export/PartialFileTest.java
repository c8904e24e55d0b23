package io.holdfast.tools.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialFileTest {
  @TempDir Path directory;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static ByteBuffer bytes(int... values) {
    var bytes = ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }

  @Test
  void hasItsNameWhenItIsWholeAndNotBefore() throws IOException {
    Path path = directory.resolve("f");
    try (var file = new PartialFile(path)) {
      file.write(2, bytes(3, 4));
      file.write(0, bytes(1, 2));
      assertFalse(Files.exists(path));
      file.complete();
    }
    assertArrayEquals(new byte[] {1, 2, 3, 4}, Files.readAllBytes(path));
    assertEquals(List.of("f"), names());
  }

  @Test
  void nothingStaysOfOneThatWasNotCompleted() throws IOException {
    try (var file = new PartialFile(directory.resolve("f"))) {
      file.write(0, bytes(1));
    }
    assertEquals(List.of(), names());
  }

  @Test
  void whatAKilledProcessLeftIsWrittenOver() throws IOException {
    Files.write(directory.resolve("f.partial"), new byte[100]);
    try (var file = new PartialFile(directory.resolve("f"))) {
      file.write(0, bytes(7));
      file.complete();
    }
    assertArrayEquals(new byte[] {7}, Files.readAllBytes(directory.resolve("f")));
  }

  @Test
  void twoDoNotWriteTheSame() throws IOException {
    try (var file = new PartialFile(directory.resolve("f"))) {
      file.write(0, bytes(1));
      assertThrows(HoldfastException.class, () -> new PartialFile(directory.resolve("f")));
      file.complete();
    }
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(directory.resolve("f")));
  }

  @Test
  void oneIsJoinedToAnother() throws IOException {
    try (var file = new PartialFile(directory.resolve("f"));
        var beside = new PartialFile(directory.resolve("g"))) {
      file.write(0, bytes(1, 2));
      beside.write(0, bytes(3, 4, 5));
      beside.truncate(2);
      file.append(2, beside);
      file.complete();
    }
    assertArrayEquals(new byte[] {1, 2, 3, 4}, Files.readAllBytes(directory.resolve("f")));
    assertEquals(List.of("f"), names());
  }
}
