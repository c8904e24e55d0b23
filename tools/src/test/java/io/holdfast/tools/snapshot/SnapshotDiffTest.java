package io.holdfast.tools.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.model.KeyRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotDiffTest {
  private static ImageFile file(String name, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return new ImageFile(name, new StoredObject(Hashes.of(bytes), bytes.length), name);
  }

  private static Manifest manifest(String name, List<ImageFile> files, Map<Integer, Long> lsns) {
    var ranges =
        lsns.entrySet().stream()
            .map(
                range ->
                    new SnapshotRange(
                        range.getKey(),
                        List.of(),
                        "ads",
                        "weights",
                        new KeyRange(range.getKey(), range.getKey() + 1),
                        0,
                        range.getValue(),
                        1,
                        0,
                        List.of(),
                        0,
                        0,
                        null))
            .toList();
    return new Manifest(
        name,
        "2026-11-21T22:00:00Z",
        "",
        "",
        4,
        List.of(),
        List.of(),
        ranges,
        List.of(new Image(1, "store", files)),
        new Totals(0, 0, 0, 0, 0));
  }

  @Test
  void objectsAreSharedAndRangesMove() {
    Manifest first =
        manifest(
            "a",
            List.of(file("1.sst", "one"), file("2.sst", "two")),
            Map.of(1, 10L, 2, 20L, 3, 5L));
    Manifest second =
        manifest(
            "b",
            List.of(file("1.sst", "one"), file("3.sst", "three")),
            Map.of(1, 10L, 2, 25L, 4, 7L));
    SnapshotDiff diff = SnapshotDiff.of(first, second);
    assertEquals(new SnapshotDiff.Share(1, 3), diff.shared());
    assertEquals(new SnapshotDiff.Share(1, 3), diff.removed());
    assertEquals(new SnapshotDiff.Share(1, 5), diff.added());
    assertEquals(1, diff.unmoved());
    assertEquals(
        List.of(
            new SnapshotDiff.Move(2, "ads", "weights", 20L, 25L),
            new SnapshotDiff.Move(3, "ads", "weights", 5L, null),
            new SnapshotDiff.Move(4, "ads", "weights", null, 7L)),
        diff.moved());
  }
}
