package io.holdfast.tools.snapshot;

import static io.holdfast.tools.snapshot.Samples.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Repositories in an S3-compatible service: a mock in a process of its own. */
class S3StoreTest {
  private static final Map<String, String> CREDENTIALS =
      Map.of("aws.accessKeyId", "test", "aws.secretAccessKey", "test");
  private static final Map<String, @Nullable String> BEFORE = new TreeMap<>();
  private static final int PART_BYTES = 5 << 20; // S3 takes no smaller ones but the last

  @TempDir private static Path scratch = Path.of("");
  private static @Nullable S3MockProcess mock;
  private static String endpoint = "";

  @BeforeAll
  static void start() throws IOException {
    CREDENTIALS.forEach((name, value) -> BEFORE.put(name, System.setProperty(name, value)));
    S3MockProcess started = new S3MockProcess(scratch);
    mock = started;
    endpoint = started.endpoint();
  }

  @AfterAll
  static void stop() {
    for (String name : CREDENTIALS.keySet()) {
      String value = BEFORE.get(name);
      if (value == null) {
        System.clearProperty(name);
      } else {
        System.setProperty(name, value);
      }
    }
    if (mock != null) {
      mock.close();
    }
  }

  private static String target(String prefix) {
    return "s3://" + S3MockProcess.BUCKET + "/" + prefix;
  }

  private static Repository open(String prefix) {
    return Repository.open(
        target(prefix), RepositoryOptions.DEFAULT.withCreate().withEndpoint(endpoint));
  }

  private static S3Store store(String prefix) {
    return new S3Store(S3Target.client(endpoint), S3MockProcess.BUCKET, prefix + "/", PART_BYTES);
  }

  @Test
  void snapshotsAreTakenReadVerifiedAndDeleted() {
    try (Repository repository = open("deep/below");
        Repository beside = open("deep/below2")) {
      assertEquals(target("deep/below"), repository.target());
      Manifest one =
          Samples.take(repository, "one", scratch, Map.of("1.sst", "first", "2.sst", "second"));
      Manifest two =
          Samples.take(repository, "two", scratch, Map.of("1.sst", "first", "3.sst", "third"));
      assertEquals(1, two.totals().newObjects());
      assertEquals(one, repository.read("one"));
      assertEquals(List.of("one", "two"), repository.list().stream().map(Listed::name).toList());
      assertEquals(List.of(), beside.list());
      assertEquals(1, repository.delete("one").objects());
      Verified verified = repository.verify(List.of(two), Progress.NONE);
      assertTrue(verified.isSound(), verified.toString());
      assertRefused(ErrorCode.UNKNOWN_SNAPSHOT, () -> repository.read("one"), "two");
    }
  }

  @Test
  void damagedAndMissingObjectsAreNamedByTheirUrl() {
    try (Repository repository = open("damage");
        S3Client client = S3Target.client(endpoint)) {
      Manifest one =
          Samples.take(repository, "one", scratch, Map.of("1.sst", "first", "2.sst", "second"));
      List<ImageFile> files = one.images().getFirst().files();
      client.putObject(
          r -> r.bucket(S3MockProcess.BUCKET).key("damage/" + files.getFirst().object().key()),
          RequestBody.fromString("f1rst"));
      client.deleteObject(
          r -> r.bucket(S3MockProcess.BUCKET).key("damage/" + files.getLast().object().key()));
      Verified verified = repository.verify(List.of(one), Progress.NONE);
      assertEquals(2, verified.problems().size(), verified.toString());
      for (ImageFile file : files) {
        assertRefused(
            ErrorCode.SNAPSHOT_DAMAGED,
            () -> repository.get(file.object(), scratch.resolve("copy"), Progress.NONE),
            target("damage/" + file.object().key()));
      }
    }
  }

  @Test
  void aLargeObjectGoesInParts() throws IOException {
    byte[] bytes = new byte[2 * PART_BYTES + 12345];
    new Random(7).nextBytes(bytes);
    try (S3Store store = store("parts")) {
      store.put("objects/large", Content.of(bytes));
      ObjectStore.Entry entry = store.find("objects/large");
      assertNotNull(entry);
      assertEquals(bytes.length, entry.bytes());
      try (var in = store.open("objects/large")) {
        assertArrayEquals(bytes, in.readAllBytes());
      }
    }
  }

  @Test
  void aLargeObjectWhoseSourceBreaksLeavesNothing() throws IOException {
    byte[] bytes = new byte[PART_BYTES + 1];
    var object = new StoredObject(Hashes.of(new byte[0]), bytes.length);
    var content =
        new Content() {
          @Override
          public long bytes() {
            return bytes.length;
          }

          @Override
          public VerifyingStream open() {
            return new VerifyingStream(
                new ByteArrayInputStream(bytes),
                object,
                new Throttle(0),
                count -> {},
                what -> new HoldfastException(ErrorCode.STORE_FAILED, what));
          }
        };
    try (S3Store store = store("broken")) {
      assertRefused(ErrorCode.STORE_FAILED, () -> store.put("objects/large", content), "SHA-256");
      assertNull(store.find("objects/large"));
      store.removeUnfinished();
    }
  }

  @Test
  void listingGoesOverPagesAndMayEndEarly() throws IOException {
    try (S3Store store = store("pages")) {
      for (int i = 0; i < 5; i++) {
        store.put("objects/" + i, Content.of(new byte[] {1}));
      }
      List<String> keys = new ArrayList<>();
      store.list("objects/", entry -> keys.add(entry.key()) && keys.size() < 3);
      assertEquals(3, keys.size());
      store.list("", entry -> keys.add(entry.key()));
      assertEquals(8, keys.size());
      assertThrows(NoSuchFileException.class, () -> store.open("objects/9"));
      store.delete("objects/9");
    }
  }

  @Test
  void aBucketThatIsNotThereIsRefused() {
    assertRefused(
        ErrorCode.TARGET_UNAVAILABLE,
        () ->
            Repository.open(
                "s3://no-such-bucket/x",
                RepositoryOptions.DEFAULT.withCreate().withEndpoint(endpoint)),
        "s3://no-such-bucket/x");
  }

  @Test
  void aServiceThatHasGoneIsSaid() throws IOException {
    Repository repository = open("gone");
    repository.close();
    int port;
    try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    assertRefused(
        ErrorCode.TARGET_UNAVAILABLE,
        () ->
            Repository.open(
                target("gone"), RepositoryOptions.DEFAULT.withEndpoint("http://127.0.0.1:" + port)),
        target("gone"),
        "run the command again");
  }

  @Test
  void aServiceWithoutRoomIsFull() throws IOException {
    HttpServer full =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    full.createContext(
        "/",
        call -> {
          boolean isPut = call.getRequestMethod().equals("PUT");
          call.getRequestBody().readAllBytes();
          byte[] error =
              "<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>"
                  .getBytes(StandardCharsets.UTF_8);
          call.sendResponseHeaders(isPut ? 507 : 404, isPut ? error.length : -1);
          if (isPut) {
            call.getResponseBody().write(error);
          }
          call.close();
        });
    full.start();
    try (var client = S3Target.client("http://127.0.0.1:" + full.getAddress().getPort());
        var store = new S3Store(client, "bucket", "", PART_BYTES)) {
      assertThrows(
          TargetFullException.class, () -> store.put("key", Content.of(new byte[] {1, 2, 3})));
      assertFalse(store.name().endsWith("/"));
    } finally {
      full.stop(0);
    }
  }
}
