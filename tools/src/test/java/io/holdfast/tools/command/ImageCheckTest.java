package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.RocksRowStore;
import io.holdfast.store.rows.RowStoreOptions;
import io.holdfast.store.rule.InstalledRules;
import io.holdfast.tools.command.CommandLines.Ran;
import io.holdfast.tools.snapshot.Image;
import io.holdfast.tools.snapshot.ImageFile;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.tools.snapshot.Totals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose checksums fit may still be no image: a snapshot is verified when it opens. */
class ImageCheckTest {
  private static final int RANGE = 7;

  @TempDir private Path scratch = Path.of("");

  /** An image that holds one range, less the files that are left out. */
  private void take(String name, int rangeOfManifest, String leftOut) {
    var options = RowStoreOptions.ofBudget(1 << 20);
    try (var repository =
            Repository.open(
                scratch.resolve("target").toString(), RepositoryOptions.DEFAULT.withCreate());
        var store =
            RocksRowStore.open(scratch.resolve("rows-" + name), options, InstalledRules.builtIn());
        var rows = store.open(RANGE, KeyRange.ALL, TableSpec.sparse().width(2).build())) {
      var checkpoint = rows.beginCheckpoint();
      assertTrue(checkpoint.copy(Integer.MAX_VALUE));
      checkpoint.write(new byte[] {1});
      checkpoint.complete();
      var pending = repository.begin(name);
      List<ImageFile> files = new ArrayList<>();
      try (var image = store.image()) {
        for (var file : image.files()) {
          if (!file.name().endsWith(leftOut)) {
            var stored = repository.put(file.path(), Progress.NONE);
            files.add(new ImageFile(file.name(), stored.object(), ""));
          }
        }
      }
      repository.publish(manifest(name, rangeOfManifest, files), pending);
    }
  }

  private static Manifest manifest(String name, int range, List<ImageFile> files) {
    return new Manifest(
        name,
        "2026-11-21T22:00:00Z",
        "",
        "",
        null,
        List.of(),
        List.of(),
        List.of(
            new SnapshotRange(
                range, List.of(), "a", "t", KeyRange.ALL, 0, 1, 1, 0, List.of(), 0, 0, null)),
        List.of(new Image(1, "store", files)),
        new Totals(0, 0, 0, 0, 0));
  }

  private Ran verify(String name) {
    return CommandLines.run(
        "snapshot", "verify", name, "--target", scratch.resolve("target").toString());
  }

  @Test
  void anImageThatOpensAndHasItsRangesIsSound() {
    take("sound", RANGE, "nothing");
    Ran ran = verify("sound");
    assertEquals(0, ran.code(), ran.out() + ran.err());
  }

  @Test
  void anImageWithoutOneOfItsFilesOrRangesIsNot() {
    take("file", RANGE, ".sst");
    take("range", RANGE + 1, "nothing");
    Ran file = verify("file");
    assertEquals(9, file.code(), file.out() + file.err());
    assertTrue(file.out().contains("image 0 of 'file' does not open"), file.out());
    Ran range = verify("range");
    assertEquals(9, range.code(), range.out() + range.err());
    assertTrue(range.out().contains("does not have range 8"), range.out());
    assertTrue(range.out().contains("use another snapshot"), range.out());
  }
}
