package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.command.CommandLines.Ran;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables come back with the optimizer state that they were exported with. */
@SuppressWarnings("NullAway.Init")
class ImportStateTest {
  private static final int ROWS = 5_000;
  private static final int WIDTH = 3;
  private static final RuleSpec ADAM = RuleSpec.of("adam").with("learning_rate", 0.02);

  @TempDir Path directory;
  private static Server server;
  private static Holdfast cluster;
  private String job;

  @BeforeAll
  static void start(@TempDir Path directory) {
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data", directory.resolve("node"),
                    "port", "0",
                    "shards", "2",
                    "log", "FILE",
                    "log-segment", "4MiB",
                    "cache", "64MiB",
                    "disk-low", "0",
                    "disk-high", "0")));
    cluster = Holdfast.connect(server.address());
  }

  @AfterAll
  static void stop() {
    cluster.close();
    server.close();
  }

  /** Each test has a job of its own. */
  @BeforeEach
  void begin() {
    job = "j" + System.nanoTime();
  }

  @AfterEach
  void end() {
    cluster.dropJob(job);
  }

  private Table table(String name, TableSpec.Builder spec) {
    return cluster.job(job).table(name, spec.build());
  }

  private Ran run(String command) {
    return CommandLines.run(
        Stream.concat(
                Arrays.stream(command.split(" ", -1)),
                Stream.of("--job", job, "--server", server.address(), "--output", "json"))
            .toArray(String[]::new));
  }

  private JsonNode ok(String command) throws IOException {
    Ran ran = run(command);
    assertEquals(0, ran.code(), ran.err());
    return new ObjectMapper().readTree(ran.out());
  }

  private void refused(ExitCode code, String why, String command) {
    Ran ran = run(command);
    assertEquals(code.number(), ran.code(), ran.out() + ran.err());
    assertTrue(ran.err().contains(why), ran.err());
  }

  private boolean isThere(String table) {
    return cluster.tables().stream()
        .anyMatch(info -> info.job().equals(job) && info.name().equals(table));
  }

  /** Of a safetensors file: each tensor's bytes, and what the file says of the rule. */
  private Map<String, String> contents(String table) throws IOException {
    Path file = directory.resolve(table + "-" + System.nanoTime() + ".safetensors");
    ok("table export " + table + " --state --to " + file);
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int data = 8 + (int) bytes.getLong(0);
    JsonNode header = new ObjectMapper().readTree(bytes.array(), 8, data - 8);
    Map<String, String> contents = new LinkedHashMap<>();
    for (var entry : header.properties()) {
      JsonNode offsets = entry.getValue().path("data_offsets");
      if (!offsets.isMissingNode()) {
        byte[] tensor =
            Arrays.copyOfRange(
                bytes.array(), data + offsets.get(0).asInt(), data + offsets.get(1).asInt());
        contents.put(
            entry.getKey() + entry.getValue().path("shape"),
            new String(tensor, StandardCharsets.ISO_8859_1));
      }
    }
    JsonNode metadata = header.path("__metadata__");
    contents.put("rule", metadata.path("holdfast.rule").asText());
    contents.put("proximal", metadata.path("holdfast.proximal").asText());
    return contents;
  }

  private static TableSpec.Builder spec(String kind, RuleSpec rule) {
    var spec =
        switch (kind) {
          case "dense" -> TableSpec.dense(ROWS);
          case "hashed" -> TableSpec.sparse().hashed();
          default -> TableSpec.sparse();
        };
    return spec.width(WIDTH).rule(rule);
  }

  /** Pushes to some rows, to some of them more than once. */
  private static void train(Table table, int seed, int pushes) {
    var random = new Random(seed);
    for (int i = 0; i < pushes; i++) {
      long[] keys =
          random
              .longs(700, 0, ROWS)
              .distinct()
              .map(key -> table.spec().isDense() ? key : key * 0x9E3779B97F4A7C15L)
              .toArray();
      float[] values = new float[keys.length * WIDTH];
      for (int j = 0; j < values.length; j++) {
        values[j] = random.nextFloat() - 0.5f;
      }
      table.push(keys, values).join();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "adam, dense, w",
    "adam, hashed, w.safetensors",
    "ftrl, dense, w.safetensors",
    "ftrl, sparse, w",
    "momentum, dense, w",
    "sgd, sparse, w"
  })
  void aTableGoesOnWhereTheExportedOneWas(String rule, String kind, String name)
      throws IOException {
    String rate = rule.equals("ftrl") ? "alpha" : "learning_rate";
    var builder = spec(kind, RuleSpec.of(rule).with(rate, 0.0125));
    if (rule.equals("momentum")) {
      builder.proximal(RuleSpec.of("prox_l1").with("strength", 0.001));
    }
    Table table = table("w", builder.ranges(3));
    train(table, 1, 4);
    Path file = directory.resolve(name);
    ok("table export w --state --to " + file);
    String hashed = kind.equals("hashed") ? " --hashed" : "";
    if (rule.equals("sgd")) {
      assertFalse(ok("table import " + file + " --table copy").path("state").asBoolean());
      return; // it has no state, and comes back as rows alone
    }
    JsonNode read = ok("table import " + file + " --ranges 4 --table copy" + hashed);
    assertTrue(read.path("state").asBoolean());
    assertTrue(read.path("made").asBoolean());
    assertEquals(contents("w"), contents("copy"));
    Table copy = cluster.job(job).table("copy");
    train(table, 2, 1);
    train(copy, 2, 1);
    assertEquals(contents("w"), contents("copy"), "after a further push");
  }

  @Test
  void aTableThatIsThereIsWrittenOver() throws IOException {
    Table table = table("w", spec("dense", ADAM));
    train(table, 1, 2);
    var before = contents("w");
    Path file = directory.resolve("w.safetensors");
    ok("table export w --state --to " + file);
    train(table, 2, 2);
    assertFalse(contents("w").equals(before));
    assertFalse(ok("table import " + file + " --table w").path("made").asBoolean());
    assertEquals(before, contents("w"));
  }

  @Test
  void aTableOfAnotherRuleIsLeftAlone() throws IOException {
    train(table("w", spec("sparse", ADAM)), 1, 2);
    Path file = directory.resolve("w");
    ok("table export w --state --to " + file);
    String load = "table import " + file + " --table ";
    table("sgd", spec("sparse", RuleSpec.of("sgd")));
    refused(ExitCode.REFUSED, "has rule 'sgd'", load + "sgd");
    table("plain", spec("sparse", RuleSpec.of("assign")));
    refused(ExitCode.REFUSED, "of rule 'adam:learning_rate=0.02'", load + "plain");
    table("rate", spec("sparse", ADAM.with("learning_rate", 0.03)));
    refused(ExitCode.REFUSED, "has rule 'adam:learning_rate=0.03'", load + "rate");
    var operator = RuleSpec.of("prox_l1").with("strength", 1);
    table("prox", spec("sparse", ADAM).proximal(operator));
    refused(ExitCode.REFUSED, "has rule 'adam:learning_rate=0.02 prox_l1", load + "prox");
    ok(load + "plain --model-only");
  }

  @Test
  void stateOfAnotherShapeIsRefusedBeforeAnythingIsTouched() throws IOException {
    train(table("w", spec("dense", ADAM)), 1, 2);
    Path good = directory.resolve("w");
    ok("table export w --state --to " + good);
    Path bad = directory.resolve("bad");
    String load = "table import " + bad + " --table t";

    copy(good, bad);
    reshape(bad.resolve("state.step.npy"), "(5000, 1)", "(2500, 2)");
    refused(ExitCode.REFUSED, "state.step <f4[2500, 2]", load);
    copy(good, bad);
    Files.copy(
        good.resolve("state.step.npy"),
        bad.resolve("state.v.npy"),
        StandardCopyOption.REPLACE_EXISTING);
    refused(ExitCode.REFUSED, "state.v <f4[5000, 1], and that of the table", load);
    copy(good, bad);
    Files.delete(bad.resolve("state.v.npy"));
    refused(ExitCode.REFUSED, "state.v <f4[5000, 3]", load);
    copy(good, bad);
    Files.copy(good.resolve("state.m.npy"), bad.resolve("state.n.npy"));
    refused(ExitCode.REFUSED, "state.n <f4[5000, 3]", load);
    copy(good, bad);
    reshape(bad.resolve("state.m.npy"), "'<f4'", "'<i4'");
    refused(ExitCode.REFUSED, "state.m <i4", load);

    copy(good, bad);
    describe(bad, "adam:learning_rate=0.02", "adam:learning_rate");
    refused(ExitCode.USAGE, "'learning_rate' is no NAME=VALUE", load);
    describe(bad, "adam:learning_rate", "nobody.knows");
    refused(ExitCode.REFUSED, "nobody.knows", load);
    Files.delete(bad.resolve("holdfast.json"));
    refused(ExitCode.USAGE, "does not say of which rule", load);
    assertFalse(isThere("t"), "none was made");

    table("t", spec("dense", ADAM));
    ok(load); // the table says it
    var expected = contents("w");
    assertEquals(expected, contents("t"));
  }

  @Test
  void damagedStateIsRefusedBeforeAnythingIsTouched() throws IOException {
    train(table("w", spec("dense", ADAM)), 1, 2);
    Path good = directory.resolve("w");
    ok("table export w --state --to " + good);
    for (String name : new String[] {"state.m", "state.v", "state.step"}) {
      Path bad = directory.resolve("bad");
      copy(good, bad);
      Path tensor = bad.resolve(name + ".npy");
      byte[] bytes = Files.readAllBytes(tensor);
      bytes[bytes.length - 3] ^= 1;
      Files.write(tensor, bytes);
      refused(ExitCode.USAGE, "'" + name + "'", "table import " + bad + " --table t");
      Files.write(tensor, Arrays.copyOf(bytes, bytes.length - 4));
      refused(ExitCode.USAGE, "cut off", "table import " + bad + " --table t");
    }
    Path nan = directory.resolve("nan");
    copy(good, nan);
    Files.delete(nan.resolve("holdfast.json"));
    byte[] bytes = Files.readAllBytes(nan.resolve("state.v.npy"));
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - 4, Float.POSITIVE_INFINITY);
    Files.write(nan.resolve("state.v.npy"), bytes);
    Table there = table("there", spec("dense", ADAM));
    refused(
        ExitCode.REFUSED,
        "row 4999, column 2: give --nan",
        "table import " + nan + " --table there");
    assertArrayEquals(new float[ROWS * WIDTH], there.pullAll().join().floats());
    assertFalse(isThere("t"), "none was made");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> old = Files.list(to)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** Changes as many letters of a header. */
  private static void reshape(Path file, String from, String to) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(from), text.substring(0, 128));
    Files.writeString(file, text.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  private static void describe(Path exported, String from, String to) throws IOException {
    Path file = exported.resolve("holdfast.json");
    String text = Files.readString(file);
    assertTrue(text.contains(from), text);
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void wholeRowsAreForCallersOutsideOfAGroupAndOfTheTablesWidth() {
    Table table = table("w", spec("sparse", ADAM));
    long[] keys = {1L << 40, 3};
    int stride = 3 * WIDTH + 1;
    table.replace(keys, new float[2 * stride]).join();
    fails(ErrorCode.WRONG_WIDTH, table, keys, new float[2 * (stride - 1)]);
    fails(ErrorCode.WRONG_WIDTH, table, keys, new float[2 * stride - 1]);
    fails(ErrorCode.WRONG_WIDTH, table, keys, new float[2]);
    fails(ErrorCode.WRONG_WIDTH, table, new long[0], new float[1]);
    fails(ErrorCode.KEYS_NOT_ASCENDING, table, new long[] {3, 3}, new float[2 * stride]);
    Table counts = table("counts", TableSpec.sparse().int64());
    fails(ErrorCode.WRONG_TYPE, counts, keys, new float[2]);
    try (Worker worker = cluster.job(job).join(WorkerId.of(0, 1), Resume.FRESH)) {
      fails(
          ErrorCode.INVALID_ARGUMENT, worker.table("w", table.spec()), keys, new float[2 * stride]);
    }
    table.replace(keys, new float[2 * stride]).join();
  }

  private static void fails(ErrorCode code, Table table, long[] keys, float[] rows) {
    var thrown = assertThrows(CompletionException.class, () -> table.replace(keys, rows).join());
    var failure = assertInstanceOf(HoldfastException.class, thrown.getCause());
    assertEquals(code, failure.code(), failure.getMessage());
  }

  @Test
  void keysInAnyOrderAndMorePiecesThanOneAreTaken() {
    var consistency = new Consistency.Sequential(Consistency.Combine.SUM, 0);
    var spec = spec("hashed", RuleSpec.of("momentum")).consistency(consistency).ranges(3);
    Table table = table("w", spec);
    int rows = 100_000;
    long[] keys = new long[rows];
    float[] whole = new float[rows * 2 * WIDTH];
    float[] values = new float[rows * WIDTH];
    for (int i = 0; i < rows; i++) {
      keys[i] = (long) rows - i;
      for (int j = 0; j < WIDTH; j++) {
        values[i * WIDTH + j] = i + j * 0.25f;
        whole[i * 2 * WIDTH + j] = values[i * WIDTH + j];
        whole[(i * 2 + 1) * WIDTH + j] = -1;
      }
    }
    table.replace(keys, whole).join();
    assertArrayEquals(values, table.pull(keys).join().floats());
  }
}
