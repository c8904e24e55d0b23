package io.holdfast.tools.snapshot;

import static io.holdfast.tools.snapshot.Samples.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.tools.snapshot.FaultyStore.Crash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryTest {
  private static final RepositoryOptions CREATE = RepositoryOptions.DEFAULT.withCreate();
  private static final Map<String, String> FIRST =
      Map.of("000007.sst", "seven", "000008.sst", "eight", "CURRENT", "MANIFEST-000005");
  private static final Map<String, String> SECOND =
      Map.of("000007.sst", "seven", "000009.sst", "nine", "CURRENT", "MANIFEST-000006");

  @TempDir private Path scratch = Path.of("");
  private Path target = Path.of("");

  @BeforeEach
  void nameTarget() {
    target = scratch.resolve("target");
  }

  private Repository open() {
    return Repository.open(target.toString(), CREATE);
  }

  private FaultyStore faulty() {
    return new FaultyStore(new DirectoryStore(target));
  }

  private Manifest take(String name, Map<String, String> files) {
    try (Repository repository = open()) {
      return Samples.take(repository, name, scratch, files);
    }
  }

  private List<String> objects() throws IOException {
    try (Stream<Path> files = Files.walk(target.resolve("objects"))) {
      return files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList();
    }
  }

  private Path object(Manifest manifest, String file) {
    return manifest.images().getFirst().files().stream()
        .filter(one -> one.name().equals(file))
        .map(one -> target.resolve(one.object().key()))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> names(Repository repository) {
    return repository.list().stream().map(Listed::name).toList();
  }

  @Test
  void whatIsPublishedIsReadBackAndItsFilesToo() throws IOException {
    Manifest taken = take("one", FIRST);
    try (Repository repository =
        Repository.open(target.toUri().toString(), RepositoryOptions.DEFAULT)) {
      assertEquals(taken, repository.read("one"));
      assertEquals(List.of("one"), names(repository));
      assertEquals(List.of(), repository.pending());
      Path copy = scratch.resolve("copy");
      for (ImageFile file : taken.images().getFirst().files()) {
        repository.get(file.object(), copy, Progress.NONE);
        assertEquals(FIRST.get(file.name()), Files.readString(copy));
      }
      HeldPushes held = taken.ranges().getLast().held();
      assertNotNull(held);
      try (var in = repository.open(held.object())) {
        assertEquals("held", new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void whatIsThereIsNotSentAgainAndKnownWithoutBeingRead() {
    take("one", FIRST);
    try (Repository repository = open()) {
      Manifest second = Samples.take(repository, "two", scratch, SECOND);
      assertEquals(2, second.totals().newObjects()); // nine and CURRENT
      StoredObject seven = repository.known(Samples.STORE_ID, "000007.sst", 5);
      assertEquals(second.images().getFirst().files().getFirst().object(), seven);
      assertNull(repository.known(Samples.STORE_ID, "000007.sst", 6));
      assertNull(repository.known("another", "000007.sst", 5));
      assertNull(repository.known(Samples.STORE_ID, "CURRENT", 15));
    }
  }

  @Test
  void aKnownFileWhoseObjectHasGoneIsNotKnown() throws IOException {
    Manifest taken = take("one", FIRST);
    Files.delete(object(taken, "000007.sst"));
    try (Repository repository = open()) {
      assertNull(repository.known(Samples.STORE_ID, "000007.sst", 5));
      assertNotNull(repository.known(Samples.STORE_ID, "000008.sst", 5));
    }
  }

  @Test
  void deletionKeepsWhatAnotherSnapshotNeeds() throws IOException {
    take("one", FIRST);
    Manifest second = take("two", SECOND);
    try (Repository repository = open()) {
      Swept swept = repository.delete("one");
      assertEquals(2, swept.objects()); // eight, and CURRENT of the first
      assertEquals("eight".length() + "MANIFEST-000005".length(), swept.bytes());
      assertTrue(repository.verify(List.of(second), Progress.NONE).isSound());
      assertRefused(ErrorCode.UNKNOWN_SNAPSHOT, () -> repository.read("one"), "'one'", "two");
      repository.delete("two");
    }
    assertEquals(List.of(), objects());
  }

  @Test
  void aCrashBeforeTheManifestLeavesNothingVisibleAndTheNextOneGoesOn() throws IOException {
    open().close();
    FaultyStore store = faulty().crashAt("snapshots/");
    try (Repository repository = Repository.open(store, CREATE)) {
      assertThrows(Crash.class, () -> Samples.take(repository, "one", scratch, FIRST));
      assertEquals(List.of(), repository.list());
      assertEquals("one", repository.pending().getFirst().name());
      Manifest again = Samples.take(repository, "one", scratch, FIRST);
      assertEquals(0, again.totals().newObjects());
      assertEquals(List.of("one"), names(repository));
      assertEquals(List.of(), repository.pending());
    }
  }

  @Test
  void whatACrashLeftIsDeletedByNameAndNotBefore() throws IOException {
    take("other", SECOND);
    FaultyStore store = faulty().crashAt("snapshots/");
    try (Repository repository = Repository.open(store, CREATE)) {
      assertThrows(Crash.class, () -> Samples.take(repository, "one", scratch, FIRST));
      int all = objects().size();
      assertEquals(List.of("one"), repository.sweep().waitsFor());
      assertEquals(all, objects().size());
      assertEquals(2, repository.delete("one").objects());
      assertEquals(List.of("other"), names(repository));
      assertTrue(repository.verify(List.of(repository.read("other")), Progress.NONE).isSound());
    }
  }

  @Test
  void aMakerThatWasNotHeardOfForADayHoldsNoSweepUp() throws IOException {
    FaultyStore store = faulty();
    Files.createDirectory(target);
    try (Repository repository = Repository.open(store, CREATE)) {
      Pending pending = repository.begin("one");
      Samples.store(repository, "one", scratch, FIRST);
      Files.setLastModifiedTime(
          target.resolve("pending/one.json"),
          FileTime.from(Instant.now().minus(Duration.ofHours(25))));
      assertEquals(4, repository.sweep().objects());
      assertRefused(ErrorCode.NOT_READY, () -> repository.refresh(pending), "'one'");
    }
  }

  @Test
  void aManifestIsNotPublishedOverMissingObjects() {
    try (Repository repository = open()) {
      Pending pending = repository.begin("one");
      Manifest manifest = Samples.store(repository, "one", scratch, FIRST);
      assertDoesDelete(object(manifest, "000008.sst"));
      assertRefused(
          ErrorCode.SNAPSHOT_DAMAGED,
          () -> repository.publish(manifest, pending),
          "000008.sst",
          "run the command again");
      assertEquals(List.of(), repository.list());
    }
  }

  private static void assertDoesDelete(Path file) {
    assertTrue(file.toFile().delete(), file.toString());
  }

  @Test
  void ofTwoMakersOfOneNameTheLaterGoesOn() {
    try (Repository first = open();
        Repository second = open()) {
      Pending early = first.begin("one");
      Manifest manifest = Samples.store(first, "one", scratch, FIRST);
      Pending late = second.begin("one");
      assertRefused(ErrorCode.NOT_READY, () -> first.publish(manifest, early), "another process");
      second.publish(manifest, late);
      assertRefused(
          ErrorCode.SNAPSHOT_EXISTS, () -> first.begin("one"), "'one'", "snapshot delete");
    }
  }

  @Test
  void nobodyBeginsWhileObjectsAreBeingDeleted() throws IOException {
    take("one", FIRST);
    List<Throwable> refusals = new ArrayList<>();
    FaultyStore store = faulty();
    try (Repository deleting = Repository.open(store, CREATE);
        Repository beginning = open()) {
      store.beforeDelete(
          () -> {
            if (refusals.isEmpty() && Files.exists(target.resolve("sweeping.json"))) {
              refusals.add(
                  assertRefused(
                      ErrorCode.NOT_READY, () -> beginning.begin("two"), "sweeping.json"));
            }
          });
      deleting.delete("one");
      assertEquals(1, refusals.size());
      assertEquals(List.of(), beginning.pending());
      beginning.begin("two");
    }
  }

  @Test
  void aSweepThatDiedIsForgottenAfterAnHour() throws IOException {
    try (Repository repository = open()) {
      Path mark = Files.writeString(target.resolve("sweeping.json"), "{\"owner\":\"gone\"}\n");
      assertRefused(ErrorCode.NOT_READY, () -> repository.begin("one"), mark.toString());
      Files.setLastModifiedTime(mark, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
      repository.begin("one");
    }
  }

  @Test
  void aSweepThatIsCutShortIsFinishedByTheNext() throws IOException {
    take("one", FIRST);
    take("two", SECOND);
    FaultyStore store = faulty().crashAt("objects/");
    try (Repository repository = Repository.open(store, CREATE)) {
      assertThrows(Crash.class, () -> repository.delete("one"));
      assertEquals(List.of("two"), names(repository));
      assertEquals(2, repository.sweep().objects());
      assertTrue(repository.verify(List.of(repository.read("two")), Progress.NONE).isSound());
    }
  }

  @Test
  void unfinishedFilesAreNeverSeenAndGoWithASweep() throws IOException {
    take("one", FIRST);
    Path unfinished = Files.writeString(target.resolve("unfinished/half"), "half of a file");
    try (Repository repository = open()) {
      assertEquals(0, repository.sweep().objects());
    }
    assertFalse(Files.exists(unfinished));
  }

  @Test
  void filesThatAreNotOursAreLeftAlone() throws IOException {
    take("one", FIRST);
    Path note = Files.writeString(target.resolve("objects/note.txt"), "mine");
    Files.writeString(target.resolve("snapshots/one.json~"), "an editor's");
    try (Repository repository = open()) {
      assertEquals(List.of("one"), names(repository));
      assertEquals(List.of("objects/note.txt"), repository.delete("one").foreign());
    }
    assertEquals(List.of("note.txt"), objects());
    assertTrue(Files.exists(note));
  }

  @Test
  void transfersAreToldFromTheirBeginningToTheirEnd() {
    List<Long> done = new ArrayList<>();
    try (Repository repository = open()) {
      Path file = Samples.file(scratch, "file", "x".repeat(1_000_000));
      repository.put(
          file,
          (bytes, total) -> {
            assertEquals(1_000_000, total);
            done.add(bytes);
          });
    }
    assertEquals(0, done.getFirst());
    assertEquals(1_000_000, done.getLast());
    assertTrue(done.size() > 3, done.toString());
  }
}
