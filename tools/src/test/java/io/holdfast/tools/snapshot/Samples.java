package io.holdfast.tools.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.Job;
import io.holdfast.v1.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.function.Executable;

/** Snapshots of a store that holds a few files of text. */
final class Samples {
  static final String STORE_ID = "3f1c9d0e-0000-4000-8000-000000000001";

  private Samples() {}

  /** Takes one whose image has these files, by name their text; returns it published. */
  static Manifest take(
      Repository repository, String name, Path scratch, Map<String, String> files) {
    Pending pending = repository.begin(name);
    Manifest manifest = store(repository, name, scratch, files);
    repository.publish(manifest, pending);
    return manifest;
  }

  /** Stores the files; the manifest that is to be published. */
  static Manifest store(
      Repository repository, String name, Path scratch, Map<String, String> files) {
    List<ImageFile> stored = new ArrayList<>();
    long newBytes = 0;
    int newObjects = 0;
    for (var file : new TreeMap<>(files).entrySet()) {
      Stored put = repository.put(file(scratch, file.getKey(), file.getValue()), Progress.NONE);
      newBytes += put.isNew() ? put.object().bytes() : 0;
      newObjects += put.isNew() ? 1 : 0;
      String origin = file.getKey().endsWith(".sst") ? file.getKey() : "";
      stored.add(new ImageFile(file.getKey(), put.object(), origin));
    }
    Stored held = repository.put("held".getBytes(StandardCharsets.UTF_8));
    return manifest(name, stored, new HeldPushes(held.object(), 1), newBytes, newObjects);
  }

  static Path file(Path scratch, String name, String text) {
    try {
      return Files.writeString(scratch.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Manifest manifest(
      String name, List<ImageFile> files, HeldPushes held, long newBytes, int newObjects) {
    Image image = new Image(2, STORE_ID, files);
    var home =
        new SnapshotRange(
            4, List.of(), "ads", "", KeyRange.ALL, 0, 17, 1, 0, List.of(), 0, 0, null);
    var rows =
        new SnapshotRange(
            9,
            List.of(5, 6),
            "ads",
            "weights",
            new KeyRange(-5, 0),
            0,
            1L << 40,
            3,
            11,
            List.of(new WorkerClock(0, 2, 99, 12), new WorkerClock(1, 1, 98, 11)),
            1000,
            64000,
            held);
    return new Manifest(
        name,
        "2026-11-21T22:00:00.5Z",
        "127.0.0.1:7070",
        "0.1.0",
        null,
        List.of(SnapshotJob.of(Job.newBuilder().setId(3).setName("ads").build())),
        List.of(
            SnapshotTable.of(Table.newBuilder().setId(7).setJob("ads").setName("weights").build())),
        List.of(home, rows),
        List.of(image),
        new Totals(
            image.bytes() + held.object().bytes(), files.size() + 1, newBytes, newObjects, 1500));
  }

  /** The error must have this code, and its message must name all of these. */
  static HoldfastException assertRefused(ErrorCode code, Executable call, String... named) {
    HoldfastException refused = assertThrows(HoldfastException.class, call);
    assertEquals(code, refused.code(), refused.getMessage());
    for (String part : named) {
      assertTrue(refused.getMessage().contains(part), refused.getMessage());
    }
    return refused;
  }
}
