package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.filter.Filters;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.RowImage;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.restore.RestorePlan;
import io.holdfast.tools.restore.RestoreRun;
import io.holdfast.tools.restore.RestoreWish;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.v1.AdoptRestoreRequest;
import io.holdfast.v1.DigestReply;
import io.holdfast.v1.DigestRequest;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.v1.RestoreGrpc;
import io.holdfast.v1.RestoreToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are restored into clusters of other sizes (rule P30), all in this process. */
@SuppressWarnings("FutureReturnValueIgnored") // pushes are awaited by what follows
class RestoreTest {
  private static final int ROWS = 600;
  private static final TableSpec WEIGHTS =
      TableSpec.dense(ROWS)
          .width(2)
          .ranges(3)
          .rule(RuleSpec.of("adagrad").with("learning_rate", 0.5))
          .build();
  private static final TableSpec COUNTS =
      TableSpec.sparse().width(1).ranges(2).consistency(Consistency.bounded(1)).build();

  @TempDir Path directory;
  private final List<SmallCluster> clusters = new ArrayList<>();

  @AfterEach
  void stop() {
    clusters.forEach(SmallCluster::close);
  }

  private SmallCluster cluster(String name, int nodes) {
    var cluster = new SmallCluster(directory.resolve(name), nodes);
    clusters.add(cluster);
    return cluster;
  }

  private Path target() {
    return directory.resolve("snapshots");
  }

  /** Takes one of all that a running cluster has. */
  private void snapshot(SmallCluster cluster, String name) {
    assertDone(ExitCode.OK, cluster.run("snapshot", "create", name, "--to", target().toString()));
  }

  private void end(SmallCluster cluster) {
    clusters.remove(cluster);
    cluster.close();
  }

  private static float[] ramp(float from) {
    float[] values = new float[ROWS * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = from + i % 97;
    }
    return values;
  }

  private static void fill(Holdfast connected) {
    var weights = connected.job("ads").table("weights", WEIGHTS);
    weights.pushAll(ramp(1)).join();
    weights.pushAll(ramp(2)).join();
    var counts = connected.job("ads").table("counts", COUNTS);
    counts.push(new long[] {3, -3}, new float[] {5, 6}).join();
  }

  /** Of rows with their optimizer state, range by range; of all replicas the same. */
  private static List<Long> digests(SmallCluster cluster, String name) {
    var digests = new ArrayList<Long>();
    try (var control = cluster.control()) {
      var tables = control.call(stub -> stub.listTables(ListTablesRequest.getDefaultInstance()));
      for (var table : tables.getTablesList()) {
        if (table.getName().equals(name)) {
          for (var range : table.getRangesList()) {
            digests.add(digest(range));
          }
        }
      }
    }
    return digests;
  }

  private static long digest(Range range) {
    var head = digest(range, range.getAddress(), 0);
    for (var member : range.getMembersList()) {
      if (member.getRole() == Member.Role.SERVING
          && !member.getAddress().equals(range.getAddress())) {
        var replica = digest(range, member.getAddress(), head.getLsn());
        assertEquals(head.getRowsDigest(), replica.getRowsDigest(), "range " + range.getId());
      }
    }
    return head.getRowsDigest();
  }

  private static DigestReply digest(Range range, String address, long lsn) {
    var request = DigestRequest.newBuilder().setRange(range.getId()).setLsn(lsn).build();
    try (var node = new ControlCalls(address, Duration.ofSeconds(20))) {
      return node.call(stub -> stub.digest(request));
    }
  }

  private SmallCluster.Ended restore(SmallCluster into, String name, String... more) {
    var arguments =
        new ArrayList<>(List.of("snapshot", "restore", name, "--from", target().toString()));
    arguments.addAll(List.of(more));
    return into.run(arguments.toArray(String[]::new));
  }

  private static void assertDone(ExitCode expected, SmallCluster.Ended ended) {
    assertEquals(expected.number(), ended.code(), ended.toString());
  }

  private static void assertNothingIsThere(SmallCluster cluster) {
    try (var control = cluster.control()) {
      var tables = control.call(stub -> stub.listTables(ListTablesRequest.getDefaultInstance()));
      assertEquals(List.of(), tables.getTablesList());
    }
  }

  private static boolean hasScratch(SmallCluster cluster, int node) {
    Path scratch = cluster.dataOf(node).resolve("restore");
    if (!Files.exists(scratch)) {
      return false;
    }
    try (var files = Files.list(scratch)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void clustersOfOtherSizesHaveTheSameRowsAndTheSameStateOfTheRule() {
    var source = cluster("source", 3);
    try (var connected = Holdfast.connect(source.addresses())) {
      fill(connected);
    }
    source.awaitReplicas(3);
    var digests = digests(source, "weights");
    snapshot(source, "monday");
    end(source);

    var alone = cluster("alone", 1);
    assertDone(ExitCode.OK, restore(alone, "monday"));
    assertNothingIsThere(alone);
    assertDone(ExitCode.REFUSED, restore(alone, "monday", "--execute"));
    var done = restore(alone, "monday", "--execute", "--replicas", "1", "--output", "json");
    assertDone(ExitCode.OK, done);
    assertTrue(done.out().contains("\"restored\":"), done.out());
    assertEquals(digests, digests(alone, "weights"));
    assertFalse(hasScratch(alone, 1), "nothing is left of the images");
    snapshot(alone, "tuesday");
    end(alone);

    var five = cluster("five", 5);
    var cut =
        restore(five, "tuesday", "--execute", "--replicas", "3", "--ranges", "5", "--job", "b");
    assertDone(ExitCode.OK, cut);
    five.awaitReplicas(3);
    try (var connected = Holdfast.connect(five.addresses())) {
      var weights = connected.job("b").table("weights");
      float[] before = weights.pullAll().join().floats();
      weights.pushAll(ramp(3)).join(); // what comes of it depends on the state of the rule
      float[] pushed = weights.latest().pullAll().join().floats();
      var counts = connected.job("b").table("counts");
      assertArrayEquals(new float[] {5, 6}, counts.pull(new long[] {3, -3}).join().floats());
      assertEquals(expected(2), before[5], 1e-5f);
      assertEquals(expected(3), pushed[5], 1e-5f);
    }
    assertDone(
        ExitCode.OK,
        restore(
            five,
            "monday",
            "--execute",
            "--job",
            "c",
            "--tables",
            "weights",
            "--ranges",
            "2",
            "--model-only"));
    assertEquals(2, digests(five, "weights").size() - 5, "5 of job b, and 2");
  }

  @Test
  void onFewerNodesAndOnOneReplicaAndBackOnThreeTheDigestsAreTheSame() {
    var source = cluster("source", 3);
    try (var connected = Holdfast.connect(source.addresses())) {
      fill(connected);
    }
    source.awaitReplicas(3);
    var weights = digests(source, "weights");
    var counts = digests(source, "counts");
    snapshot(source, "monday");
    assertDone(ExitCode.OK, source.run("job", "drop", "ads", "--yes"));
    assertDone(ExitCode.OK, restore(source, "monday", "--execute", "--replicas", "1"));
    assertEquals(weights, digests(source, "weights"), "on one replica");
    assertEquals(counts, digests(source, "counts"));
    snapshot(source, "single");
    assertDone(ExitCode.OK, source.run("job", "drop", "ads", "--yes"));
    assertDone(ExitCode.OK, restore(source, "single", "--execute", "--replicas", "3"));
    source.awaitReplicas(3);
    assertEquals(weights, digests(source, "weights"), "and on three again");
    assertEquals(counts, digests(source, "counts"));
    end(source);
    var two = cluster("two", 2);
    assertDone(ExitCode.OK, restore(two, "monday", "--execute", "--replicas", "2"));
    two.awaitReplicas(2);
    assertEquals(weights, digests(two, "weights"), "on two nodes");
    assertEquals(counts, digests(two, "counts"));
  }

  /** Value 5 after pushes of 6, 7, 8 ... by the rule as it is defined. */
  private static float expected(int pushes) {
    double squares = 0;
    double value = 0;
    for (int i = 0; i < pushes; i++) {
      double gradient = 6 + i;
      squares += gradient * gradient;
      value -= 0.5 * gradient / Math.sqrt(squares);
    }
    return (float) value;
  }

  /** What a worker does in a clock depends on its number, as that of any that can resume. */
  private static final class Counting {
    private static final int ROWS = 100;
    private static final TableSpec SUMS =
        TableSpec.dense(ROWS)
            .width(1)
            .ranges(2)
            .consistency(Consistency.sequential(Consistency.Combine.SUM))
            .build();

    final Worker worker;
    private final Table sums;
    private final Table held;

    Counting(Job job, int rank) {
      worker = job.join(new WorkerId(rank, 2), Resume.IF_SAVED);
      sums = worker.table("sums", SUMS);
      held =
          worker.table(
              "held",
              TableSpec.sparse().width(1).consistency(Consistency.eventual()).build(),
              Filters.parse("significant:2.5")); // every third push goes out
    }

    void push() {
      float[] ones = new float[ROWS];
      Arrays.fill(ones, 1);
      sums.pushAll(ones).join();
      held.push(new long[] {7}, new float[] {1}).join();
    }

    void workTo(int clock, int saveAt) {
      while (worker.clock() < clock) {
        push();
        (worker.clock() + 1 == saveAt ? worker.tick(new byte[] {9}) : worker.tick()).join();
      }
    }
  }

  @Test
  void workersThatResumeEndWithTheExactResult() {
    var source = cluster("source", 1);
    try (var connected = Holdfast.connect(source.addresses())) {
      var job = connected.job("count");
      var first = new Counting(job, 0);
      var second = new Counting(job, 1);
      first.workTo(4, 3);
      second.workTo(3, 2); // so the first one's pushes of the fourth clock wait
      second.push(); // and this one's, which it has not ticked
      snapshot(source, "halfway");
      first.workTo(5, 0); // after the snapshot: of no account
      var beside = restore(source, "halfway", "--execute", "--ranges", "4", "--job", "again");
      assertDone(ExitCode.OK, beside);
      finish(connected.job("again"));
      var running = restore(source, "halfway", "--execute");
      assertDone(ExitCode.REFUSED, running);
      first.worker.close();
      second.worker.close();
    }
    assertDone(ExitCode.OK, source.run("job", "drop", "count", "--yes"));
    assertDone(ExitCode.OK, restore(source, "halfway", "--execute"));
    try (var connected = Holdfast.connect(source.addresses())) {
      finish(connected.job("count"));
    }
  }

  /** Both go on where their states were saved, and come to clock 6. */
  private static void finish(Job job) {
    var first = new Counting(job, 0);
    var second = new Counting(job, 1);
    assertEquals(3, first.worker.clock());
    assertEquals(2, second.worker.clock());
    first.workTo(6, 5);
    second.workTo(6, 6);
    first.worker.leave().join();
    second.worker.leave().join();
    float[] twelve = new float[Counting.ROWS];
    Arrays.fill(twelve, 12);
    assertArrayEquals(twelve, job.table("sums").latest().pullAll().join().floats());
    assertArrayEquals(
        new float[] {12},
        job.table("held").latest().pull(new long[] {7}).join().floats(),
        "what was held back, too");
  }

  private void snapshotOfOneNode(String name) {
    var source = cluster("source-" + name, 1);
    try (var connected = Holdfast.connect(source.addresses())) {
      fill(connected);
    }
    snapshot(source, name);
    end(source);
  }

  @Test
  void whatCannotBeRestoredIsRefusedBeforeAnythingIsTouched() throws IOException {
    snapshotOfOneNode("sound");
    var into = cluster("into", 1);
    assertDone(ExitCode.NOT_FOUND, restore(into, "other", "--execute"));
    assertDone(ExitCode.NOT_FOUND, restore(into, "sound", "--execute", "--tables", "other"));
    assertDone(ExitCode.USAGE, restore(into, "sound", "--execute", "--ranges", "1"));
    Path object;
    try (var objects = Files.walk(target().resolve("objects"))) {
      object =
          objects
              .filter(Files::isRegularFile)
              .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(object);
    byte[] wrong = bytes.clone();
    wrong[bytes.length / 2] = (byte) (wrong[bytes.length / 2] ^ 1);
    Files.write(object, wrong);
    var damaged = restore(into, "sound", "--execute");
    assertDone(ExitCode.DIFFERENT, damaged);
    assertTrue(damaged.err().contains(object.getFileName().toString()), damaged.err());
    assertTrue(damaged.err().contains("nothing was changed"), damaged.err());
    Files.delete(object);
    var missing = restore(into, "sound", "--execute");
    assertDone(ExitCode.DIFFERENT, missing);
    assertTrue(missing.err().contains("nothing was changed"), missing.err());
    Files.write(object, bytes);
    Path manifest = target().resolve("snapshots/sound.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replaceFirst("\"format\":1", "\"format\":2"));
    assertDone(ExitCode.REFUSED, restore(into, "sound", "--execute"));
    Files.writeString(manifest, text);
    assertNothingIsThere(into);
    assertDone(ExitCode.OK, restore(into, "sound", "--execute"));
    var again = restore(into, "sound", "--execute");
    assertDone(ExitCode.REFUSED, again);
    assertTrue(again.err().contains("--job"), again.err());
    assertDone(ExitCode.REFUSED, restore(into, "sound", "--execute", "--model-only"));
    assertDone(ExitCode.OK, restore(into, "sound", "--execute", "--job", "beside"));
  }

  private ImportRangesRequest source(String name) {
    try (var repository = Repository.open(target().toString(), RepositoryOptions.DEFAULT)) {
      return ImportRangesRequest.newBuilder()
          .setToken(name.hashCode())
          .setTarget(repository.target())
          .setSnapshot(name)
          .setTaken(repository.read(name).taken())
          .build();
    }
  }

  private RestorePlan plan(String name, int replicas) {
    try (var repository = Repository.open(target().toString(), RepositoryOptions.DEFAULT)) {
      var wish = new RestoreWish(java.util.Set.of(), "", replicas, 4, false);
      return RestorePlan.of(repository.read(name), wish);
    }
  }

  @Test
  void anotherNodeTakesTheRangesOfOneThatDiesMeanwhile() {
    snapshotOfOneNode("small");
    var into = cluster("into", 3);
    var died = new AtomicBoolean();
    Progress dying =
        (done, total) -> {
          if (died.compareAndSet(false, true)) {
            into.stop(3);
          }
        };
    try (var control = into.control();
        var run = new RestoreRun(control, source("small"), dying)) {
      run.execute(plan("small", 2).request());
    }
    assertTrue(died.get());
    try (var connected = Holdfast.connect(into.addresses())) {
      assertArrayEquals(
          new float[] {5, 6},
          connected.job("ads").table("counts").pull(new long[] {3, -3}).join().floats());
      assertEquals(
          expected(2), connected.job("ads").table("weights").pullAll().join().floats()[5], 1e-5f);
    }
  }

  @Test
  void nothingIsLeftWhereWhoRestoresDiesOrTheNodeBeginsAnew() {
    snapshotOfOneNode("small");
    var into = cluster("into", 1);
    var source = source("small");
    var token = RestoreToken.newBuilder().setToken(source.getToken()).build();
    var begin = plan("small", 1).request().toBuilder().setToken(source.getToken()).build();
    var pending = begun(into, begin, source, true);
    // The stream has ended, and nobody has adopted it.
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> refusal(into, stub -> stub.renewRestore(token)) == ErrorCode.NOT_READY);
    assertNothingIsThere(into);
    pending.addAll(begun(into, begin, source, false));
    into.restart(1);
    var adopt = AdoptRestoreRequest.newBuilder().setToken(source.getToken()).build();
    assertEquals(ErrorCode.NOT_READY, refusal(into, stub -> stub.adoptRestore(adopt)));
    into.close();
    clusters.remove(into);
    try (var rows = RowImage.open(into.dataOf(1).resolve("rows/rocks"))) {
      for (int range : pending) {
        assertTrue(rows.metadata(range).isEmpty(), "range " + range);
      }
    }
  }

  /** Ids of ranges that the one node has taken; nobody adopts them. */
  private static List<Integer> begun(
      SmallCluster into,
      io.holdfast.v1.BeginRestoreRequest begin,
      ImportRangesRequest source,
      boolean ends) {
    var ids = new ArrayList<Integer>();
    try (var control = into.control()) {
      control.ask(
          channel -> {
            var stub = RestoreGrpc.newBlockingStub(channel);
            var state = stub.beginRestore(begin);
            state.getRestore().getTablesList().stream()
                .flatMap(table -> table.getRangesList().stream())
                .forEach(range -> ids.add(range.getId()));
            var context = io.grpc.Context.current().withCancellation();
            context.run(
                () -> {
                  var progress = stub.importRanges(source);
                  while (!progress.next().getDone()) {
                    // goes on
                  }
                });
            if (ends) {
              context.cancel(null);
            } else {
              into.stop(1); // the node goes first
            }
            return ids;
          });
    }
    return ids;
  }

  private static ErrorCode refusal(
      SmallCluster into, java.util.function.Function<RestoreGrpc.RestoreBlockingStub, ?> call) {
    try (var control = into.control()) {
      return assertThrows(
              HoldfastException.class,
              () -> control.ask(channel -> call.apply(RestoreGrpc.newBlockingStub(channel))))
          .code();
    }
  }
}
