package io.holdfast.tools.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Table;
import io.holdfast.model.Initial;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.InstalledRules;
import io.holdfast.tools.command.CommandLines.Ran;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables go out to files and come back, against a server in this process. */
@SuppressWarnings("NullAway.Init")
class ExportCommandTest {
  private static final int ROWS = 20_000;

  @TempDir Path directory;
  private Server server;
  private Holdfast cluster;

  @BeforeEach
  void start() {
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

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private Ran run(String command, Object... more) {
    Stream<String> options =
        Stream.of("--job", "j", "--server", server.address(), "--output", "json");
    return CommandLines.run(
        Stream.of(
                Arrays.stream(command.split(" ", -1)),
                Arrays.stream(more).map(Object::toString),
                options)
            .flatMap(part -> part)
            .toArray(String[]::new));
  }

  private JsonNode ok(String command, Object... more) throws IOException {
    Ran ran = run(command, more);
    assertEquals(0, ran.code(), ran.err());
    return new ObjectMapper().readTree(ran.out());
  }

  private void refused(ExitCode code, String why, String command, Object... more) {
    Ran ran = run(command, more);
    assertEquals(code.number(), ran.code(), ran.out() + ran.err());
    assertTrue(ran.err().contains(why), ran.err());
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  /** The bytes of a tensor in a safetensors file. */
  private static byte[] tensor(Path file, String name) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int data = 8 + (int) bytes.getLong(0);
    assertEquals(0, data % 64, "the data is aligned");
    JsonNode offsets =
        new ObjectMapper().readTree(bytes.array(), 8, data - 8).path(name).path("data_offsets");
    return Arrays.copyOfRange(
        bytes.array(), data + offsets.get(0).asInt(), data + offsets.get(1).asInt());
  }

  private static float[] floats(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static TableSpec.Builder spec(String kind) {
    var spec =
        switch (kind.split(" ", -1)[0]) {
          case "dense" -> TableSpec.dense(ROWS);
          case "hashed" -> TableSpec.sparse().hashed();
          default -> TableSpec.sparse();
        };
    return kind.endsWith("int64") ? spec.int64().width(3) : spec.width(5);
  }

  /** Pushes rows here and there; nothing to a stretch of keys that is larger than a page. */
  private static void push(Table table, String kind) {
    var random = new Random(7);
    long[] keys =
        random
            .longs(3_000, 0, ROWS)
            .filter(key -> key < 4_000 || key > 14_000)
            .distinct()
            .map(key -> kind.startsWith("dense") ? key : key * 0x9E3779B97F4A7C15L)
            .toArray();
    int width = table.spec().width();
    if (kind.endsWith("int64")) {
      table.push(keys, random.longs((long) keys.length * width).toArray()).join();
      return;
    }
    float[] values = new float[keys.length * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 100 == 0 ? -0.0f : random.nextFloat() - 0.5f;
    }
    table.push(keys, values).join();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dense float",
        "dense int64",
        "sparse float",
        "sparse int64",
        "hashed float",
        "hashed int64"
      })
  void aTableComesBackAsItWas(String kind) throws IOException {
    boolean dense = kind.startsWith("dense");
    var rule = RuleSpec.of("assign");
    var table = cluster.job("j").table("w", spec(kind).rule(rule).ranges(3).build());
    push(table, kind);
    for (String suffix : List.of(".safetensors", dense ? ".npy" : "")) {
      Path first = file("first" + suffix);
      JsonNode written = ok("table export w --to", first);
      assertEquals(3, written.path("ranges").size());
      String copy = "copy" + suffix.replace(".", "");
      String hashed = kind.startsWith("hashed") ? " --hashed" : "";
      JsonNode read = ok("table import " + first + " --ranges 4 --table " + copy + hashed);
      assertTrue(read.path("made").asBoolean());
      assertEquals(written.path("rows").asLong(), read.path("rows").asLong());
      ok("table import " + first + " --table " + copy); // into one that is there, again
      Path second = file("second" + suffix + ".safetensors");
      ok("table export " + copy + " --to", second);
      Path third = file("third" + suffix + ".safetensors");
      ok("table export w --to", third);
      for (String tensor : dense ? List.of("values") : List.of("keys", "values")) {
        assertArrayEquals(tensor(third, tensor), tensor(second, tensor), kind + " " + tensor);
      }
      if (dense) {
        assertArrayEquals(all(table), all(cluster.job("j").table(copy)));
      }
    }
  }

  private static byte[] all(Table table) {
    var rows = table.pullAll().join();
    var bytes = ByteBuffer.allocate(rows.count() * table.spec().rowBytes());
    if (table.spec().element().bytes() == Float.BYTES) {
      bytes.asFloatBuffer().put(rows.floats());
    } else {
      bytes.asLongBuffer().put(rows.longs());
    }
    return bytes.array();
  }

  @Test
  void rowsThatWereNeverWrittenAreWhatTheyReadAs() throws IOException {
    var initial = new Initial.Normal(1, 2, 3);
    var table = cluster.job("j").table("w", spec("dense").initial(initial).ranges(3).build());
    push(table, "dense");
    ok("table export w --to", file("w.safetensors"));
    float[] values = floats(tensor(file("w.safetensors"), "values"));
    assertArrayEquals(table.pullAll().join().floats(), values);
    var counts = TableSpec.dense(10).int64().width(2).initial(new Initial.Constant(-3)).build();
    cluster.job("j").table("none", counts);
    ok("table export none --to", file("none.npy"));
    byte[] npy = Files.readAllBytes(file("none.npy"));
    assertEquals(128 + 10 * 2 * 8, npy.length);
    for (int at = 128; at < npy.length; at += 8) {
      assertEquals(-3, ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN).getLong(at));
    }
  }

  @Test
  void optimizerStateGoesOutAsTensorsOfTheRulesNames() throws IOException {
    var rule = RuleSpec.of("adam").with("learning_rate", 0.25);
    var spec = TableSpec.dense(ROWS).width(2).rule(rule).ranges(2).build();
    var table = cluster.job("j").table("w", spec);
    float[] row = new float[2 + 2 + 2 + 1];
    var adam = InstalledRules.builtIn().rule(spec);
    var update = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    update.putFloat(0, 0.5f).putFloat(4, -3);
    for (int i = 0; i < 3; i++) {
      table.push(new long[] {12_345}, new float[] {0.5f, -3}).join();
      adam.applyRun(row, 0, 1, update, 0, new UpdateContext(i + 1, 0, 0, 1, 1));
    }
    var tensors = new ArrayList<String>();
    ok("table export w --state --to", file("w.safetensors"))
        .path("tensors")
        .forEach(tensor -> tensors.add(tensor.asText()));
    assertEquals(
        List.of(
            "values F32[20000, 2]",
            "state.m F32[20000, 2]",
            "state.v F32[20000, 2]",
            "state.step F32[20000, 1]"),
        tensors);
    Path file = file("w.safetensors");
    assertRow(row, 0, 2, tensor(file, "values"));
    assertRow(row, 2, 2, tensor(file, "state.m"));
    assertRow(row, 4, 2, tensor(file, "state.v"));
    assertRow(row, 6, 1, tensor(file, "state.step"));
    assertArrayEquals(
        table.pullAll().join().floats(), floats(tensor(file, "values")), "the values beside them");
    ok("table export w --to", file("alone.safetensors"));
    assertArrayEquals(tensor(file, "values"), tensor(file("alone.safetensors"), "values"));
    ok("table import " + file + " --table v --model-only");
    assertArrayEquals(all(table), all(cluster.job("j").table("v")));
  }

  private static void assertRow(float[] row, int from, int width, byte[] tensor) {
    float[] expected = new float[ROWS * width];
    System.arraycopy(row, from, expected, 12_345 * width, width);
    assertArrayEquals(expected, floats(tensor));
  }

  @Test
  void theFileSaysWhatItsRowsBelongTo() throws IOException {
    var table = cluster.job("j").table("w", TableSpec.sparse().ranges(2).build());
    for (int i = 0; i < 5; i++) {
      table.push(new long[] {1}, new float[] {1}).join();
    }
    JsonNode range = ok("table export w --to", file("d")).path("ranges").path(0);
    JsonNode metadata = new ObjectMapper().readTree(file("d/holdfast.json").toFile());
    assertEquals("w", metadata.path("holdfast.table").asText());
    assertEquals("add", metadata.path("holdfast.rule").asText());
    JsonNode ranges = new ObjectMapper().readTree(metadata.path("holdfast.ranges").asText());
    assertEquals(range, ranges.path(0));
    assertTrue(range.path("lsn").asLong() >= 5, range.toString());
    assertEquals(1, range.path("rows").asInt());
  }

  @Test
  void nothingOfARefusedExportIsThere() throws IOException {
    cluster.job("j").table("w", TableSpec.sparse().build());
    refused(ExitCode.NOT_FOUND, "none", "table export none --to", file("f.safetensors"));
    refused(ExitCode.USAGE, "keys beside", "table export w --to", file("f.npy"));
    refused(ExitCode.USAGE, "make it first", "table export w --to", file("no/f.npy"));
    Files.write(file("there.safetensors"), new byte[1]);
    refused(ExitCode.USAGE, "remove it", "table export w --to", file("there.safetensors"));
    try (Stream<Path> files = Files.list(directory)) {
      var names = files.map(path -> path.getFileName().toString()).sorted().toList();
      assertEquals(List.of("node", "there.safetensors"), names);
    }
  }

  @Test
  void filesThatCannotBeImportedAreRefusedBeforeAnythingIsTouched() throws IOException {
    var table = cluster.job("j").table("w", spec("sparse").build());
    push(table, "sparse");
    Path good = file("good.safetensors");
    ok("table export w --to", good);
    byte[] bytes = Files.readAllBytes(good);

    Files.write(file("cut.safetensors"), Arrays.copyOf(bytes, bytes.length - 1));
    refused(ExitCode.USAGE, "cut off", "table import " + file("cut.safetensors") + " --table t");
    byte[] flipped = bytes.clone();
    flipped[bytes.length - 100] ^= 1;
    Files.write(file("flipped.safetensors"), flipped);
    refused(
        ExitCode.USAGE,
        "not those that",
        "table import " + file("flipped.safetensors") + " --table t");
    Files.write(file("short.safetensors"), new byte[3]);
    refused(ExitCode.USAGE, "3 bytes", "table import " + file("short.safetensors") + " --table t");
    refused(ExitCode.USAGE, "cannot read", "table import " + file("none") + " --table t");
    refused(ExitCode.REFUSED, "rule 'add'", "table import " + good + " --table w");
    cluster
        .job("j")
        .table("other", TableSpec.sparse().width(4).rule(RuleSpec.of("assign")).build());
    refused(ExitCode.REFUSED, "rows of 4 FLOAT32", "table import " + good + " --table other");
    refused(ExitCode.USAGE, "keys, values", "table import " + good + " --table t --tensor nope");
    assertFalse(
        cluster.tables().stream().anyMatch(info -> info.name().equals("t")), "none was made");
  }

  @Test
  void filesOfOthersAreTakenByTheirContent() throws IOException {
    writeNpy("nan.npy", "<f4", "(3,)", new float[] {1, Float.NaN, 3});
    String nan = "table import " + file("nan.npy") + " --table ";
    refused(ExitCode.REFUSED, "row 1, column 0", nan + "t");
    ok(nan + "t --nan allow");
    assertTrue(Float.isNaN(cluster.reader("j", "t").pullAll().join().floats()[1]));
    ok(nan + "z --nan zero");
    assertArrayEquals(new float[] {1, 0, 3}, cluster.reader("j", "z").pullAll().join().floats());

    writeNpy("big.npy", ">f4", "(3,)", new float[3]);
    refused(ExitCode.REFUSED, ".astype('<f4')", "table import " + file("big.npy") + " --table u");
    writeNpy("cube.npy", "<f4", "(1, 3, 1)", new float[3]);
    refused(ExitCode.REFUSED, ".reshape", "table import " + file("cube.npy") + " --table u");
    writeNpy("more.npy", "<f4", "(2,)", new float[3]);
    refused(ExitCode.USAGE, "was added", "table import " + file("more.npy") + " --table u");

    Files.createDirectory(file("d"));
    writeNpy("d/values.npy", "<f4", "(3, 1)", new float[] {10, 20, 30});
    writeKeys("d/keys.npy", 5, -1, 7);
    refused(ExitCode.REFUSED, "key 7 in row 2", "table import " + file("d") + " --table u");
    writeKeys("d/keys.npy", 5, 7, -1);
    ok("table import " + file("d") + " --table u");
    assertArrayEquals(
        new float[] {30, 10, 0, 20},
        cluster.reader("j", "u").pull(new long[] {-1, 5, 6, 7}).join().floats());
  }

  private void writeNpy(String name, String type, String shape, float[] values) throws IOException {
    var data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    writeNpy(name, type, shape, data);
  }

  private void writeKeys(String name, long... keys) throws IOException {
    var data = ByteBuffer.allocate(keys.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    data.asLongBuffer().put(keys);
    writeNpy(name, "<i8", "(" + keys.length + ",)", data);
  }

  private void writeNpy(String name, String type, String shape, ByteBuffer data)
      throws IOException {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    var bytes = ByteBuffer.allocate(12 + text.length() + data.remaining());
    bytes.order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93).put("NUMPY".getBytes(US_ASCII));
    bytes.put((byte) 2).put((byte) 0).putInt(text.length()).put(text.getBytes(US_ASCII)).put(data);
    Files.write(file(name), bytes.array());
  }
}
