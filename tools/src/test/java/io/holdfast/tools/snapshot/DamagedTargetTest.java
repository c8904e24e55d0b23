package io.holdfast.tools.snapshot;

import static io.holdfast.tools.snapshot.Samples.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged, missing and foreign files, full and vanished targets: refused, with file and remedy. */
class DamagedTargetTest {
  private static final RepositoryOptions CREATE = RepositoryOptions.DEFAULT.withCreate();
  private static final Map<String, String> FILES =
      Map.of("000007.sst", "seven", "000008.sst", "eight");

  @TempDir private Path scratch = Path.of("");
  private Path target = Path.of("");

  @BeforeEach
  void nameTarget() {
    target = scratch.resolve("target");
  }

  private Manifest take(String name) {
    try (Repository repository = Repository.open(target.toString(), CREATE)) {
      return Samples.take(repository, name, scratch, FILES);
    }
  }

  private Repository reopen() {
    return Repository.open(target.toString(), RepositoryOptions.DEFAULT);
  }

  private static StoredObject file(Manifest manifest, String name) {
    return manifest.images().getFirst().files().stream()
        .filter(one -> one.name().equals(name))
        .map(ImageFile::object)
        .findFirst()
        .orElseThrow();
  }

  private List<String> allFiles() throws IOException {
    try (Stream<Path> files = Files.walk(target)) {
      return files.filter(Files::isRegularFile).map(Path::toString).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sevem", "sev", "seven and more", ""})
  void anObjectWithAnotherContentIsRefusedWhereverItIsRead(String content) throws IOException {
    Manifest taken = take("one");
    StoredObject seven = file(taken, "000007.sst");
    Path place = Files.writeString(target.resolve(seven.key()), content);
    try (Repository repository = reopen()) {
      Path copy = scratch.resolve("copy");
      assertRefused(
          ErrorCode.SNAPSHOT_DAMAGED,
          () -> repository.get(seven, copy, Progress.NONE),
          place.toString(),
          "another snapshot");
      assertFalse(Files.exists(copy));
      assertThrows(
          HoldfastException.class,
          () -> {
            try (var in = repository.open(seven)) {
              in.readAllBytes();
            }
          });
      Verified verified = repository.verify(List.of(taken), Progress.NONE);
      assertEquals(1, verified.problems().size());
      assertEquals(place.toString(), verified.problems().getFirst().place());
      assertEquals(
          List.of("file 000007.sst of image 0 of 'one'"), verified.problems().getFirst().uses());
    }
  }

  @Test
  void everyBadObjectIsFoundAndNotTheFirstOnly() throws IOException {
    Manifest taken = take("one");
    Files.delete(target.resolve(file(taken, "000007.sst").key()));
    Files.writeString(target.resolve(file(taken, "000008.sst").key()), "ei8ht");
    try (Repository repository = reopen()) {
      Verified verified = repository.verify(List.of(taken), Progress.NONE);
      assertFalse(verified.isSound());
      assertEquals(2, verified.problems().size(), verified.toString());
      assertTrue(verified.toString().contains("is missing"), verified.toString());
      assertEquals(3, verified.objects());
    }
  }

  @Test
  void anObjectOfAnotherLengthIsStoredAnew() throws IOException {
    Manifest taken = take("one");
    Files.writeString(target.resolve(file(taken, "000007.sst").key()), "se");
    Manifest again = take("two");
    assertEquals(1, again.totals().newObjects());
    try (Repository repository = reopen()) {
      assertTrue(repository.verify(List.of(taken), Progress.NONE).isSound());
    }
  }

  @Test
  void aDamagedManifestIsRefusedAndNothingIsDeletedUntilItIs() throws IOException {
    take("one");
    take("two");
    Path manifest = target.resolve("snapshots/one.json");
    String text = Files.readString(manifest);
    assertTrue(text.contains("127.0.0.1"));
    Files.writeString(manifest, text.replace("127.0.0.1", "127.0.0.2"));
    List<String> before = allFiles();
    try (Repository repository = reopen()) {
      assertRefused(
          ErrorCode.SNAPSHOT_DAMAGED,
          () -> repository.read("one"),
          manifest.toString(),
          "checksum",
          "snapshot delete");
      assertRefused(
          ErrorCode.SNAPSHOT_DAMAGED, () -> repository.delete("two"), manifest.toString());
      assertRefused(ErrorCode.SNAPSHOT_DAMAGED, repository::sweep, manifest.toString());
      assertEquals(before, allFiles());
      assertEquals("one", repository.list().getFirst().name());
      repository.delete("one");
      assertEquals(1, repository.list().size());
      assertTrue(repository.verify(List.of(repository.read("two")), Progress.NONE).isSound());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}\n", "hello", "{\"format\":1,\"sha256\":\"00\"}\n"})
  void whatIsNoManifestIsRefused(String text) throws IOException {
    take("one");
    Path manifest = Files.writeString(target.resolve("snapshots/one.json"), text);
    try (Repository repository = reopen()) {
      assertRefused(ErrorCode.SNAPSHOT_DAMAGED, () -> repository.read("one"), manifest.toString());
    }
  }

  @Test
  void theManifestOfAnotherSnapshotIsRefused() throws IOException {
    take("one");
    Path copy =
        Files.copy(target.resolve("snapshots/one.json"), target.resolve("snapshots/two.json"));
    try (Repository repository = reopen()) {
      assertRefused(
          ErrorCode.SNAPSHOT_DAMAGED, () -> repository.read("two"), copy.toString(), "'one'");
    }
  }

  @Test
  void aSnapshotOfANewerFormatIsRefusedAndKept() throws IOException {
    take("one");
    Path newer =
        Files.writeString(
            target.resolve("snapshots/later.json"), "{\"format\":2,\"anything\":true}\n");
    List<String> before = allFiles();
    try (Repository repository = reopen()) {
      String[] named = {newer.toString(), "format 2", "later"};
      assertRefused(ErrorCode.UNSUPPORTED_FORMAT, () -> repository.read("later"), named);
      assertRefused(ErrorCode.UNSUPPORTED_FORMAT, () -> repository.delete("later"), named);
      assertRefused(ErrorCode.UNSUPPORTED_FORMAT, () -> repository.delete("one"), named);
      assertRefused(ErrorCode.UNSUPPORTED_FORMAT, repository::sweep, named);
      assertEquals(2, repository.list().size());
    }
    assertEquals(before, allFiles());
  }

  @Test
  void aRepositoryOfANewerFormatIsRefused() throws IOException {
    take("one");
    Path identity =
        Files.writeString(target.resolve("repository.json"), "{\"holdfastSnapshots\":2}\n");
    assertRefused(
        ErrorCode.UNSUPPORTED_FORMAT, this::reopen, identity.toString(), "format 2", "later");
    Files.writeString(identity, "nonsense");
    assertRefused(ErrorCode.SNAPSHOT_DAMAGED, this::reopen, identity.toString());
  }

  @Test
  void aDirectoryOfOtherThingsIsNotMadeARepository() throws IOException {
    Files.createDirectory(target);
    Path other = Files.writeString(target.resolve("thesis.txt"), "years of work");
    assertRefused(
        ErrorCode.INVALID_ARGUMENT,
        () -> Repository.open(target.toString(), CREATE),
        other.toString(),
        "empty");
    assertEquals(List.of(other.toString()), allFiles());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ftp://host/path", "file://host/path", "s3:/bucket\0"})
  void aTargetThatMakesNoSenseIsRefused(String name) {
    assertRefused(
        ErrorCode.INVALID_ARGUMENT, () -> Repository.open(name, CREATE), "s3://bucket/prefix");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../one", "a/b", ".hidden", "a b", "-"})
  void aNameThatCannotBeIsRefused(String name) {
    try (Repository repository = Repository.open(target.toString(), CREATE)) {
      assertRefused(ErrorCode.INVALID_ARGUMENT, () -> repository.begin(name), "letters");
      assertRefused(ErrorCode.INVALID_ARGUMENT, () -> repository.delete(name), "letters");
    }
  }

  @Test
  void aDirectoryThatIsNotThereIsNotMadeExceptTheLastOne() {
    assertRefused(ErrorCode.TARGET_UNAVAILABLE, this::reopen, target.toString(), "mount");
    assertFalse(Files.exists(target));
    String below = target.resolve("below").toString();
    assertRefused(
        ErrorCode.TARGET_UNAVAILABLE, () -> Repository.open(below, CREATE), below, "mount");
  }

  @Test
  void aFullTargetIsSaidAndAfterwardsItGoesOnWhereItWas() {
    take("one");
    var store = new FaultyStore(new DirectoryStore(target));
    try (Repository repository = Repository.open(store, CREATE)) {
      Pending pending = repository.begin("two");
      repository.put("new".getBytes(StandardCharsets.UTF_8));
      store.quota(3);
      Path file = Samples.file(scratch, "large", "larger than three");
      assertRefused(
          ErrorCode.DISK_FULL,
          () -> repository.put(file, Progress.NONE),
          target.toString(),
          "make room");
      Manifest manifest = Samples.store(repository, "two", scratch, FILES); // nothing new
      assertRefused(ErrorCode.DISK_FULL, () -> repository.publish(manifest, pending), "make room");
      assertEquals(1, repository.list().size());
      store.quota(1 << 20);
      repository.put(file, Progress.NONE);
      repository.publish(manifest, repository.begin("two"));
      assertEquals(2, repository.list().size());
    }
  }

  @Test
  void aTargetThatVanishesIsNotWrittenToUnderItsName() throws IOException {
    try (Repository repository = Repository.open(target.toString(), CREATE)) {
      Pending pending = repository.begin("one");
      Manifest manifest = Samples.store(repository, "one", scratch, FILES);
      Path away = scratch.resolve("away");
      Files.move(target, away);
      assertRefused(
          ErrorCode.TARGET_UNAVAILABLE, () -> repository.publish(manifest, pending), "mount");
      assertRefused(
          ErrorCode.TARGET_UNAVAILABLE,
          () -> repository.put("new".getBytes(StandardCharsets.UTF_8)),
          target.toString());
      assertRefused(ErrorCode.TARGET_UNAVAILABLE, repository::list, target.toString());
      Files.createDirectory(target); // the empty directory below a mount
      assertRefused(
          ErrorCode.TARGET_UNAVAILABLE, () -> repository.publish(manifest, pending), "mount");
      assertEquals(List.of(), allFiles());
      Files.delete(target);
      Files.move(away, target);
      repository.publish(manifest, pending);
      assertEquals("one", repository.list().getFirst().name());
    }
  }

  @Test
  void anErrorOfTheTargetIsTyped() {
    take("one");
    var store = new FaultyStore(new DirectoryStore(target));
    try (Repository repository = Repository.open(store, CREATE)) {
      store.gone(true);
      assertRefused(ErrorCode.TARGET_UNAVAILABLE, repository::list, "Stale file handle");
      assertRefused(ErrorCode.TARGET_UNAVAILABLE, () -> repository.delete("one"), "Stale");
      store.gone(false);
      assertEquals(1, repository.list().size());
    }
  }

  @Test
  void anotherRepositoryInItsPlaceIsNoticed() throws IOException {
    try (Repository repository = Repository.open(target.toString(), CREATE)) {
      Files.move(target, scratch.resolve("away"));
      Repository.open(target.toString(), CREATE).close();
      assertRefused(
          ErrorCode.TARGET_UNAVAILABLE, () -> repository.begin("one"), "another repository");
    }
  }

  @Test
  void aSourceThatChangesWhileItIsSentIsRefusedAndLeavesNothing() throws IOException {
    try (Repository repository = Repository.open(target.toString(), CREATE)) {
      Path file = Samples.file(scratch, "file", "x".repeat(100_000));
      assertRefused(
          ErrorCode.STORE_FAILED,
          () -> repository.put(file, (done, total) -> append(file, done)),
          file.toString());
      List<String> left = allFiles();
      assertEquals(1, left.size(), left.toString()); // the repository's identity
    }
  }

  /** Once the file has been hashed, before it is sent. */
  private static void append(Path file, long done) {
    if (done == 0) {
      try {
        Files.writeString(file, "more", StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }
}
