package io.holdfast.tools.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.restore.RestorePlan;
import io.holdfast.tools.restore.RestoreRun;
import io.holdfast.tools.restore.RestoreWish;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.ListTablesRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of a server that go into a service of objects and come back, and one that vanishes. */
@SuppressWarnings("NullAway.Init")
class RestoreFromS3Test {
  private static final String TARGET = "s3://" + S3MockProcess.BUCKET + "/all";
  private static final int ROWS = 1 << 19;
  private static final int SLOWLY = 1 << 20;
  private static final List<String> CREDENTIALS = List.of("aws.accessKeyId", "aws.secretAccessKey");

  @TempDir private Path scratch;
  private S3MockProcess mock;
  private String endpoint;
  private Server source;
  private Server into;

  @BeforeEach
  void start() throws IOException {
    CREDENTIALS.forEach(name -> System.setProperty(name, "test"));
    mock = new S3MockProcess(scratch);
    endpoint = mock.endpoint();
    source = server("source");
    into = server("into");
    try (var connected = Holdfast.connect(source.address())) {
      var rule = RuleSpec.of("adagrad").with("learning_rate", 0.5);
      var table =
          connected.job("ads").table("w", TableSpec.dense(ROWS).ranges(2).rule(rule).build());
      table.pushAll(random(1)).join();
      table.pushAll(random(2)).join();
    }
  }

  @AfterEach
  void stop() {
    into.close();
    source.close();
    mock.close();
    CREDENTIALS.forEach(System::clearProperty);
  }

  private Server server(String name) {
    return Server.start(
        ServerSettings.of(
            Map.of(
                "data",
                scratch.resolve(name),
                "port",
                0,
                "shards",
                1,
                "log-segment",
                "4MiB",
                "cache",
                "32MiB",
                "disk-low",
                "0",
                "disk-high",
                "0")));
  }

  private static float[] random(int seed) {
    var random = new Random(seed);
    float[] values = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      values[i] = random.nextFloat();
    }
    return values;
  }

  private String run(ExitCode code, Server server, String arguments) {
    var out = new StringWriter();
    var line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(out));
    String all =
        "snapshot " + arguments + " --endpoint " + endpoint + " --server " + server.address();
    assertEquals(code.number(), line.execute(all.split(" ", -1)), () -> all + ": " + out);
    return out.toString();
  }

  @Test
  void allComesBackAndAnEndpointThatGoesMeanwhileIsNamed() {
    run(ExitCode.OK, source, "create one --to " + TARGET);
    run(ExitCode.OK, into, "restore one --from " + TARGET + " --execute");
    assertSameRowsAndState();
    assertThatTheEndpointIsNamed();
    String gone = run(ExitCode.UNREACHABLE, source, "create two --to " + TARGET);
    assertTrue(gone.contains(TARGET) && gone.contains("running"), gone);
  }

  private void assertSameRowsAndState() {
    try (var was = Holdfast.connect(source.address());
        var is = Holdfast.connect(into.address())) {
      var before = was.job("ads").table("w");
      var after = is.job("ads").table("w");
      assertArrayEquals(before.pullAll().join().floats(), after.pullAll().join().floats());
      before.pushAll(random(3)).join();
      after.pushAll(random(3)).join(); // what comes of it depends on the state of the rule
      assertArrayEquals(before.pullAll().join().floats(), after.pullAll().join().floats());
    }
  }

  private void assertThatTheEndpointIsNamed() {
    var options = RepositoryOptions.DEFAULT.withEndpoint(endpoint);
    try (var repository = Repository.open(TARGET, options);
        var control = new ControlCalls(into.address(), Duration.ofSeconds(20))) {
      var manifest = repository.read("one");
      var request =
          ImportRangesRequest.newBuilder()
              .setToken(1)
              .setTarget(TARGET)
              .setEndpoint(endpoint)
              .setSnapshot("one")
              .setTaken(manifest.taken())
              .setBytesPerSecond(SLOWLY)
              .build();
      Progress going =
          (done, total) -> {
            if (done > 0) {
              mock.close();
            }
          };
      var plan = RestorePlan.of(manifest, new RestoreWish(Set.of(), "b", 0, 0, false));
      try (var run = new RestoreRun(control, request, going)) {
        var failed = assertThrows(HoldfastException.class, () -> run.execute(plan.request()));
        assertEquals(ErrorCode.TARGET_UNAVAILABLE, failed.code(), failed.toString());
        String text = failed.getMessage();
        assertTrue(text.contains("node 1") && text.contains(TARGET), text);
        assertTrue(text.contains("running"), text);
      }
      assertEquals(
          1,
          control
              .call(stub -> stub.listTables(ListTablesRequest.getDefaultInstance()))
              .getTablesCount());
    }
  }

  @Test
  void anEndpointThatGoesWhileItIsWrittenToIsNamed() {
    var create =
        CompletableFuture.supplyAsync(
            () -> run(ExitCode.UNREACHABLE, source, "create one --limit 1MiB --to " + TARGET));
    Awaitility.await("an object")
        .atMost(Duration.ofSeconds(60))
        .until(() -> create.isDone() || hasObjects());
    mock.close();
    String gone = create.join();
    assertTrue(gone.contains("the node at " + source.address()) && gone.contains(TARGET), gone);
    assertTrue(gone.contains("running"), gone);
  }

  private boolean hasObjects() throws IOException {
    try (var store =
        new S3Store(S3Target.client(endpoint), S3MockProcess.BUCKET, "all/", 5 << 20)) {
      var found = new AtomicBoolean();
      store.list(
          Keys.OBJECTS,
          entry -> {
            found.set(true);
            return false;
          });
      return found.get();
    }
  }
}
