package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.LocalCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(120)
class TrainLrTest {
  @TempDir Path directory;

  private static final LocalCluster.Starter NO_SERVER =
      where -> {
        throw new IOException("the test names its server");
      };

  private final FakeCluster cluster = new FakeCluster();

  @Test
  void lastLineOfOutputIsOneJsonDocument() throws IOException {
    JsonNode json = json("--examples", "20000", "--passes", "2", "--workers", "3");
    assertTrue(json.get("auc").doubleValue() > 0.6, json.toString());
    assertTrue(json.get("trueAuc").doubleValue() > json.get("auc").doubleValue());
    assertTrue(json.get("logLoss").isDouble());
    assertTrue(json.get("accuracy").isDouble());
    assertTrue(json.get("objective").isDouble());
    assertTrue(json.get("seconds").isDouble());
    assertTrue(json.get("nonZeros").intValue() > 100);
    assertEquals(20_000, json.get("examples").intValue());
    assertEquals("bounded:4", json.get("consistency").textValue());
    assertEquals(3, json.get("workers").intValue());
    assertEquals(2, json.get("passes").intValue());
  }

  @Test
  void whatCannotBeToldIsNullInJson() throws IOException {
    Path file = Files.writeString(directory.resolve("one-class"), "1 1:1\n1 2:1\n");
    JsonNode json = json("--data", file.toString());
    assertTrue(json.get("auc").isNull());
    assertEquals("train", json.get("evaluatedOn").textValue());
  }

  @Test
  void writesTheWeightsThatAreNotZero() throws IOException {
    Path file = Files.writeString(directory.resolve("data"), "1 5:1\n0 9:1\n1 5:1 7:0\n");
    Path model = directory.resolve("model.txt");
    run("--data", file.toString(), "--model", model.toString());
    List<String> lines = Files.readAllLines(model);
    assertTrue(lines.get(0).matches("0:-?[0-9.E-]+"), lines.toString());
    assertTrue(lines.get(1).matches("5:[0-9.E-]+"), lines.toString());
    assertTrue(lines.get(2).matches("9:-[0-9.E-]+"), lines.toString());
    assertEquals(3, lines.size(), "feature 7 never had a value");
  }

  @Test
  void theReportRefersToNothingOutsideOfIt() throws IOException {
    Path data = Files.writeString(directory.resolve("a<b>&.libsvm"), "1 5:1\n0 9:1\n1 5:1 7:2\n");
    Path report = directory.resolve("report.html");
    run("--data", data.toString(), "--report", report.toString());
    String html = Files.readString(report);
    assertFalse(
        Pattern.compile("https?:|//|src=|href=|@import|url\\(|<script|<link").matcher(html).find());
    assertTrue(html.contains("a&lt;b&gt;&amp;.libsvm"));
    assertFalse(html.contains("a<b>"));
    assertTrue(html.contains("<polyline"));
    assertFalse(html.contains("NaN\""), "coordinates are numbers");
    assertTrue(html.contains("<title>test:") || html.contains("<title>training data:"));
  }

  @Test
  void refusesAJobThatExists() throws IOException {
    run("--examples", "200", "--passes", "1");
    String said = failure("--examples", "200", "--passes", "1");
    assertTrue(said.contains("--resume") && said.contains("--fresh"), said);
  }

  private static final String[] SMALL = {
    "--examples", "600", "--passes", "3", "--workers", "1", "--consistency", "sequential"
  };

  private static String[] small(String... more) {
    var all = new ArrayList<>(List.of(SMALL));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void refusesToResumeUnderOtherOptionsAndNamesThem() throws IOException {
    run(small());
    String said = failure(small("--resume", "--batch", "64", "--seed", "2"));
    assertTrue(said.contains("--batch 128, --seed 1"), said);
    assertTrue(said.contains("--batch 64, --seed 2"), said);
    Path data = Files.writeString(directory.resolve("data"), "1 5:1\n0 9:1\n");
    said = failure(small("--resume", "--data", data.toString()));
    assertTrue(said.contains("--data (2 examples, checksum"), said);
  }

  @Test
  void theReportOfAResumedRunIsOfAllItsLives() throws IOException {
    JsonNode first = json(small());
    assertEquals(1, first.get("life").intValue());
    JsonNode second = json(small("--resume"));
    assertEquals(2, second.get("life").intValue());
    assertEquals(3, second.get("resumedAfter").doubleValue());
    assertEquals(first.get("modelDigest"), second.get("modelDigest"));
    assertEquals(first.get("curve"), second.get("curve"), "nothing was left to be done");
    assertTrue(second.get("seconds").doubleValue() >= first.get("seconds").doubleValue());
  }

  @Test
  void aFreshRunKnowsNothingOfTheOneBefore() throws IOException {
    JsonNode first = json(small());
    JsonNode fresh = json(small("--fresh"));
    assertEquals(1, fresh.get("life").intValue());
    assertEquals(0, fresh.get("resumedAfter").doubleValue());
    assertEquals(first.get("modelDigest"), fresh.get("modelDigest"));
    assertEquals(first.get("curve").size(), fresh.get("curve").size());
  }

  @Test
  void resumingBeginsWhereNothingWasBegun() throws IOException {
    assertEquals(1, json(small("--resume")).get("life").intValue());
  }

  @Test
  void resumingNeedsAPlaceWhereSomethingIsKept() {
    var command = new TrainLr(address -> cluster, NO_SERVER);
    new CommandLine(command).parseArgs("--resume", "--quiet", "--examples", "100");
    String said = String.valueOf(assertThrows(HoldfastException.class, command::call).getMessage());
    assertTrue(said.contains("--server-data") && said.contains("--server"), said);
    assertTrue(failure("--resume", "--fresh", "--examples", "100").contains("give one of them"));
    assertTrue(failure("--server-data", "x", "--examples", "100").contains("leave out"));
  }

  @ParameterizedTest
  @CsvSource({
    "--passes, 0, --passes must be 1 or more",
    "--batch, -3, --batch must be 1 or more",
    "--alpha, 0, --alpha must be above 0",
    "--l2, NaN, --l2 must be 0 or more",
    "--consistency, bounded, such as bounded:4",
    "--rule, sgd, neither ftrl nor adagrad",
    "--output, xml, 'expected one of [text, json]'",
    "--durability, disk, 'none of fsync, memory'",
    "--test, file, --test needs --data",
    "--model, /no/such/directory/model.txt, cannot be written",
  })
  void saysWhichOptionIsWrong(String option, String value, String message) {
    String said = failure(option, value);
    assertTrue(said.contains(message), said);
  }

  @Test
  void refusesAnL1PenaltyThatAdagradCannotGive() {
    assertTrue(failure("--rule", "adagrad", "--l1", "1").contains("--rule ftrl"));
  }

  @Test
  void everyOptionIsDescribed() {
    for (var option : new CommandLine(new TrainLr()).getCommandSpec().options()) {
      assertTrue(option.description().length > 0, option.longestName());
    }
  }

  @Test
  void aServerOfItsOwnLivesInADirectoryThatIsGoneAfterwards() throws IOException {
    List<Path> given = new ArrayList<>();
    LocalCluster.Starter starter =
        where -> {
          given.add(where);
          Files.writeString(Files.createDirectory(where.resolve("store")).resolve("rows"), "x");
          return new LocalCluster() {
            @Override
            public String address() {
              return "127.0.0.1:7070";
            }

            @Override
            public void close() {}
          };
        };
    execute(starter, new StringWriter(), "--examples", "100", "--quiet");
    assertEquals(1, given.size());
    assertFalse(Files.exists(given.get(0)));
  }

  @Test
  void aServerOfItsOwnKeepsWhatItIsToldTo() throws IOException {
    LocalCluster.Starter starter =
        where -> {
          Files.writeString(where.resolve("rows"), "x");
          return new LocalCluster() {
            @Override
            public String address() {
              return "127.0.0.1:7070";
            }

            @Override
            public void close() {}
          };
        };
    Path kept = directory.resolve("a/b");
    execute(
        starter,
        new StringWriter(),
        "--examples",
        "100",
        "--quiet",
        "--server-data",
        kept.toString());
    assertTrue(Files.exists(kept.resolve("rows")));
  }

  @ParameterizedTest
  @CsvSource({
    "ftrl, eventual",
    "ftrl, bounded:0",
    "ftrl, bounded:4",
    "ftrl, bounded:16",
    "ftrl, sequential",
    "adagrad, eventual",
    "adagrad, bounded:0",
    "adagrad, bounded:4",
    "adagrad, bounded:16",
    "adagrad, sequential",
  })
  void reachesOnA9aWhatABatchSolverReaches(String rule, String consistency) throws IOException {
    Path train = a9a("a9a.train.libsvm");
    Path test = a9a("a9a.test.libsvm");
    JsonNode json =
        json(
            "--data",
            train.toString(),
            "--test",
            test.toString(),
            "--workers",
            "4",
            "--rule",
            rule,
            "--consistency",
            consistency);
    assertEquals(32_561, json.get("examples").intValue());
    assertTrue(json.get("auc").doubleValue() >= 0.9015, json.toString());
    assertTrue(json.get("logLoss").doubleValue() <= 0.3255, json.toString());
  }

  private static Path a9a(String name) {
    Path root = Path.of(System.getProperty("holdfast.root", "."));
    Path file =
        Path.of(
            System.getProperty(
                "holdfast.data", root.resolve("../shared/data").normalize().toString()),
            name);
    assumeTrue(Files.exists(file), file + " is not there");
    return file;
  }

  private JsonNode json(String... arguments) throws IOException {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--output", "json"));
    String[] lines = run(all.toArray(String[]::new)).stripTrailing().split("\n", -1);
    JsonNode json = new ObjectMapper().readTree(lines[lines.length - 1]);
    assertNotNull(json);
    return json;
  }

  private String run(String... arguments) {
    var out = new StringWriter();
    var all = new ArrayList<>(List.of("--server", "fake", "--quiet"));
    all.addAll(List.of(arguments));
    execute(NO_SERVER, out, all.toArray(String[]::new));
    return out.toString();
  }

  private void execute(LocalCluster.Starter starter, StringWriter out, String... arguments) {
    int status =
        new CommandLine(new TrainLr(address -> cluster, starter))
            .setOut(new PrintWriter(out))
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  throw failure;
                })
            .execute(arguments);
    assertEquals(0, status);
  }

  private String failure(String... arguments) {
    var all = new ArrayList<>(List.of("--server", "fake", "--quiet"));
    all.addAll(List.of(arguments));
    var command = new TrainLr(address -> cluster, NO_SERVER);
    var line = new CommandLine(command);
    var failure =
        assertThrows(
            RuntimeException.class,
            () -> {
              line.parseArgs(all.toArray(String[]::new));
              command.call();
            });
    assertTrue(
        failure instanceof CommandLine.ParameterException
            || (failure instanceof HoldfastException refused
                && refused.code() == ErrorCode.INVALID_ARGUMENT),
        failure.toString());
    return String.valueOf(failure.getMessage());
  }
}
