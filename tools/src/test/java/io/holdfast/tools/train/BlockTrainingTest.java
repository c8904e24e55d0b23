package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code train lr --algorithm block-proximal} on a server. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class BlockTrainingTest {
  private static final double L1 = 4;

  /** What LIBLINEAR's solver 6 stops at on a9a, C = 1, no bias; with 96 weights that are not 0. */
  private static final double A9A_OPTIMUM = 10_558.95;

  @TempDir static Path directory;
  private static LocalCluster server;
  private static Path data;
  private static LinearModel best;
  private static double optimum;

  @BeforeAll
  static void start() throws IOException {
    server = OwnServer.start(Files.createDirectory(directory.resolve("node")));
    Examples examples = Problems.random(300, 30, 3);
    best = Problems.solveL1(examples, L1);
    optimum = best.objective(examples, L1, 0);
    data = Files.writeString(directory.resolve("data.libsvm"), libSvm(examples));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String libSvm(Examples examples) {
    var text = new StringBuilder();
    for (int row = 0; row < examples.count(); row++) {
      text.append(examples.isPositive(row) ? "1" : "0");
      for (int i = examples.start(row); i < examples.end(row); i++) {
        text.append(' ').append(examples.feature(examples.column(i)));
        text.append(':').append(examples.value(i));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String[] arguments(String job, String... more) {
    var all = new ArrayList<>(List.of("--server", server.address(), "--job", job, "--quiet"));
    all.addAll(List.of("--algorithm", "block-proximal", "--l2", "0", "--no-intercept"));
    all.addAll(List.of("--durability", "memory", "--output", "json"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static JsonNode run(String... arguments) throws IOException {
    var out = new StringWriter();
    var failures = new ArrayList<Exception>();
    int status =
        new CommandLine(new TrainLr())
            .setOut(new PrintWriter(out))
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  failures.add(failure);
                  return 1;
                })
            .execute(arguments);
    for (Exception failure : failures) {
      throw failure instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(failure);
    }
    assertEquals(0, status);
    return new ObjectMapper().readTree(out.toString().strip());
  }

  private static JsonNode small(String job, String... more) throws IOException {
    var all = new ArrayList<>(List.of("--data", data.toString(), "--l1", Double.toString(L1)));
    all.addAll(List.of("--workers", "3", "--blocks", "6"));
    all.addAll(List.of(more));
    return run(arguments(job, all.toArray(String[]::new)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void manyWorkersReachTheOptimumOfASolverOfOneThread(int delay) throws IOException {
    Path report = directory.resolve("report.html");
    JsonNode json =
        small(
            "optimum-" + delay,
            "--delay",
            Integer.toString(delay),
            "--passes",
            "120",
            "--report",
            report.toString());
    assertEquals(optimum, json.get("objective").doubleValue(), 1e-4 * optimum);
    assertEquals(best.nonZeros(), json.get("nonZeros").intValue());
    assertEquals("block-proximal", json.get("algorithm").textValue());
    assertTrue(json.get("bytes").get("pushed").longValue() > 0);
    JsonNode last = json.get("curve").get(json.get("curve").size() - 1);
    assertEquals(json.get("objective").doubleValue(), last.get("objective").doubleValue());
    String html = Files.readString(report);
    assertTrue(html.contains("Objective") && html.contains("Weights that are not zero"));
  }

  @Test
  void runsWithoutDeathsAreTheSameBitForBit() throws IOException {
    String first = "";
    for (int run = 0; run < 2; run++) {
      String digest =
          small("same-" + run, "--delay", "2", "--passes", "12").get("modelDigest").textValue();
      first = run == 0 ? digest : first;
      assertEquals(first, digest);
    }
  }

  @Test
  void goesOnWhereItWasAsIfItHadNeverStopped() throws IOException {
    JsonNode once = small("once", "--no-kkt", "--passes", "20");
    var unused = small("twice", "--no-kkt", "--passes", "8");
    JsonNode resumed = small("twice", "--no-kkt", "--passes", "20", "--resume");
    assertEquals(once.get("modelDigest"), resumed.get("modelDigest"));
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> small("twice", "--no-kkt", "--delay", "1", "--passes", "30", "--resume"));
    assertTrue(refused.getMessage().contains("--delay"), refused.getMessage());
  }

  @Test
  void endsOnceNothingChangesAnyMore() throws IOException {
    JsonNode json = small("tolerance", "--tolerance", "1e-3", "--passes", "1000");
    double passes = json.get("curve").get(json.get("curve").size() - 1).get("passes").asDouble();
    assertTrue(passes > 5 && passes < 500, passes + " passes");
    assertEquals(optimum, json.get("objective").doubleValue(), 1e-4 * optimum);
  }

  @Test
  void theFilterSavesBytesOfPushesAndPulls() throws IOException {
    String[] sparse = {"--examples", "5000", "--l1", "20", "--passes", "30", "--workers", "2"};
    JsonNode with = run(arguments("with", sparse));
    var off = new ArrayList<>(List.of(sparse));
    off.add("--no-kkt");
    JsonNode without = run(arguments("without", off.toArray(String[]::new)));
    assertEquals(
        without.get("objective").doubleValue(),
        with.get("objective").doubleValue(),
        1e-3 * without.get("objective").doubleValue());
    for (String kind : List.of("pushed", "pulled")) {
      long less = with.get("bytes").get(kind).longValue();
      long more = without.get("bytes").get(kind).longValue();
      assertTrue(less < 0.6 * more, less + " bytes " + kind + " in place of " + more);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--delay, 16, fewer than --blocks",
    "--blocks, 0, --blocks must be 1 or more",
    "--step, 2, below 2",
    "--kkt-recheck, 0, --kkt-recheck must be",
    "--tolerance, -1, --tolerance must be",
    "--consistency, bounded:4, by --delay",
    "--work-queue, 4, leave out",
    "--filters, kkt:1, --no-kkt",
  })
  void saysWhichOptionIsWrong(String option, String value, String message) {
    var command = new TrainLr();
    new CommandLine(command).parseArgs(arguments("refused", option, value));
    String said = String.valueOf(assertThrows(HoldfastException.class, command::call).getMessage());
    assertTrue(said.contains(message), said);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void reachesTheOptimumOfA9a(int delay) throws IOException {
    Path train = a9a("a9a.train.libsvm");
    JsonNode json =
        run(
            arguments(
                "a9a-" + delay,
                "--data",
                train.toString(),
                "--test",
                a9a("a9a.test.libsvm").toString(),
                "--l1",
                "1",
                "--workers",
                "4",
                "--delay",
                Integer.toString(delay)));
    assertTrue(json.get("objective").doubleValue() <= 1.001 * A9A_OPTIMUM, json.toString());
    assertEquals(96, json.get("nonZeros").intValue(), 10);
    assertTrue(json.get("auc").doubleValue() >= 0.9015, json.toString());
  }

  private static Path a9a(String name) {
    Path root = Path.of(System.getProperty("holdfast.root", "."));
    String beside = root.resolve("../shared/data").normalize().toString();
    Path file = Path.of(System.getProperty("holdfast.data", beside), name);
    assumeTrue(Files.exists(file), file + " is not there");
    return file;
  }
}
