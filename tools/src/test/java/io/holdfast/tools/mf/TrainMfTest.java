package io.holdfast.tools.mf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.filter.Filters;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Converters;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.converter.ConvertWith;
import org.junit.jupiter.params.converter.TypedArgumentConverter;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
@SuppressWarnings("NullAway.Init")
class TrainMfTest {
  private static final int RATINGS = 40_000;
  private static final int RANK = 4;
  private static final RunLife LIFE = new RunLife(false, 7, RunLife.SAVE_EVERY);

  @TempDir static Path directory;
  private static LocalCluster server;
  private static MfData data;
  private static double byOneThread;

  @BeforeAll
  static void start() throws IOException {
    server = OwnServer.start(Files.createDirectory(directory.resolve("node")));
    data = MfData.generated(GeneratedRatings.suiting(RATINGS), RATINGS, 1);
    byOneThread = PlainFactorisation.error(data, RANK, 20, 0.05, 0.01, 3);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String run(int expected, String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = HoldfastCommand.commandLine().setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    assertEquals(expected, line.execute(arguments), err.toString());
    return (expected == 0 ? out : err).toString().strip();
  }

  private static String[] command(String job, String... more) {
    var arguments = new ArrayList<String>();
    arguments.addAll(List.of("train", "mf", "--server", server.address(), "--job", job));
    arguments.addAll(List.of("--durability", "memory", "--output", "json"));
    var defaults = Map.of("--ratings", RATINGS, "--rank", RANK, "--workers", 3, "--batch", 300);
    defaults.forEach(
        (option, value) -> {
          if (!List.of(more).contains(option)) {
            arguments.addAll(List.of(option, "" + value));
          }
        });
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private static JsonNode json(String job, String... more) throws IOException {
    return new ObjectMapper().readTree(run(0, command(job, more)));
  }

  /** As good as one thread without a cluster, and no better than the noise allows. */
  private static void assertIsGood(double error) {
    assertIsGood(error, 1.03);
  }

  private static void assertIsGood(double error, double times) {
    assertTrue(error < times * byOneThread, error + " is not near " + byOneThread);
    assertTrue(error > 0.97 * data.noise().getAsDouble(), error + " is below the noise");
  }

  @Test
  void theReferenceComesCloseToTheNoise() {
    assertTrue(byOneThread < 1.15 * data.noise().getAsDouble(), "reference " + byOneThread);
    assertTrue(byOneThread < 0.4 * data.errorOfMean(), "mean " + data.errorOfMean());
  }

  @ParameterizedTest
  @CsvSource({
    "adagrad, bounded:4, 20",
    "adagrad, eventual, 20",
    "adagrad, sequential, 20",
    "sgd, bounded:4, 40",
  })
  void comesAsFarAsOneThread(String rule, String consistency, String passes) throws IOException {
    JsonNode json =
        json(
            rule + consistency.replace(':', '-'),
            "--rule",
            rule,
            "--consistency",
            consistency,
            "--passes",
            passes);
    assertIsGood(json.get("rmse").asDouble());
  }

  @Test
  void saysWhatItDid() throws IOException {
    Path report = directory.resolve("report.html");
    JsonNode json =
        json(
            "says",
            "--passes",
            "2",
            "--filters",
            "cache-keys",
            "--same-batches",
            "--report",
            report.toString());
    assertEquals(RATINGS, json.get("ratings").asInt());
    assertEquals(RATINGS / 10, json.get("heldOut").asInt());
    assertEquals(RATINGS / 100, json.get("users").asInt());
    assertEquals("heldOut", json.get("evaluatedOn").asText());
    assertEquals(0, json.get("resumedAfter").asInt());
    JsonNode curve = json.get("curve");
    assertEquals(2, curve.get(curve.size() - 1).get("pass").asInt());
    assertTrue(json.get("rmse").asDouble() < json.get("rmseOfMean").asDouble());
    assertFalse(Files.readString(report).contains("http"), "refers to something outside of it");
    assertTrue(run(2, command("says")).contains("--resume"));
    assertEquals(1, json("says", "--passes", "1", "--fresh").get("curve").size());
  }

  @Test
  void goesOnAfterItsLastPass() throws IOException {
    json("goes-on", "--passes", "3");
    JsonNode json = json("goes-on", "--passes", "20", "--resume");
    assertEquals(3, json.get("resumedAfter").asInt());
    assertEquals(2, json.get("life").asInt());
    assertTrue(json.get("curve").get(0).get("pass").asInt() <= 3, "the curve begins at the start");
    assertIsGood(json.get("rmse").asDouble());
    assertTrue(run(2, command("goes-on", "--resume", "--batch", "200")).contains("cannot resume"));
  }

  private static MfSettings settings(String job, RunLife life) {
    return settings(job, life, Consistency.eventual());
  }

  private static MfSettings settings(String job, RunLife life, Consistency consistency) {
    return new MfSettings(
        RANK,
        MfSettings.Rule.ADAGRAD,
        0.1,
        0.02,
        20,
        2,
        300,
        false,
        Filters.NONE,
        consistency,
        Durability.MEMORY,
        0,
        job,
        1,
        life);
  }

  /** Dies after its push of a batch, some clocks after the last saved state. */
  private static void dieAfter(long batches, Job job, int rank, Consistency consistency) {
    var settings = settings(job.name(), LIFE, consistency);
    var dying =
        new MfWorker(
            settings,
            new Share(settings, data.train(), rank),
            data.mean(),
            job,
            rank,
            new MfWorker.Listener() {
              @Override
              public void resumed(int which, long before) {}

              @Override
              public void batchDone(int which, long done, int ratings, double squaredError) {
                if (done == batches) {
                  throw new IllegalStateException("dies");
                }
              }
            });
    try {
      dying.run();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Nothing bounds how far an eventual run's workers are apart: the end of it is on the ratings of
   * the one that died first alone, and that costs what it costs when nobody dies and one is late.
   */
  @ParameterizedTest
  @CsvSource({"bounded:4, 150, 152, 1.01", "eventual, 150, 421, 1.05"}) // docs/mf.md
  void workersThatDieAndComeBackComeAsFar(
      @ConvertWith(Bound.class) Consistency consistency, long first, long second, double times)
      throws InterruptedException {
    try (Holdfast cluster = Holdfast.connect(server.address())) {
      Job job = cluster.job("dying-" + second);
      var one = CompletableFuture.runAsync(() -> dieAfter(first, job, 0, consistency));
      var other = CompletableFuture.runAsync(() -> dieAfter(second, job, 1, consistency));
      assertThrows(CompletionException.class, one::join);
      assertThrows(CompletionException.class, other::join);
      try (var bar = new StepBar("training", 20, "passes", null)) {
        var settings = settings(job.name(), LIFE.next(), consistency);
        MfResult result = new MfRun(settings, data, job, job, null).run(bar);
        assertIsGood(result.error(), times);
        int passes = result.before().passes(); // the last state may have been on its way
        assertTrue(passes >= 1 && passes <= 6, "resumed after " + passes);
      }
    }
  }

  /** As the option is spelt. */
  static final class Bound extends TypedArgumentConverter<String, Consistency> {
    Bound() {
      super(String.class, Consistency.class);
    }

    @Override
    protected Consistency convert(@Nullable String text) {
      return new Converters.OfConsistency().convert(Objects.requireNonNull(text));
    }
  }

  @Test
  void aUserWithoutTrainingIsPredictedByTheItem() throws IOException {
    Path train =
        Files.writeString(directory.resolve("train"), "1\t1\t5\n2\t1\t5\n1\t2\t1\n2\t2\t1\n");
    Path test = Files.writeString(directory.resolve("test"), "9\t1\t5\n9\t2\t1\n");
    JsonNode json =
        json(
            "unseen",
            "--data",
            train.toString(),
            "--test",
            test.toString(),
            "--workers",
            "1",
            "--passes",
            "200",
            "--l2",
            "0");
    assertEquals(2, json.get("heldOut").asInt());
    assertEquals(2, json.get("rmseOfMean").asDouble(), 1e-9);
    assertTrue(json.get("rmse").asDouble() < 1.9, json.toString());
  }

  @Test
  void aShareOfTheRatingsIsHeldOut() throws IOException {
    var text = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      text.append(i % 20).append("::").append(i / 20).append("::3::0\n");
    }
    Path file = Files.writeString(directory.resolve("ratings.dat"), text);
    JsonNode json = json("share", "--data", file.toString(), "--passes", "1", "--holdout", "0.25");
    assertEquals(400, json.get("heldOut").asInt() + json.get("ratings").asInt());
    assertEquals(100, json.get("heldOut").asInt(), 30);
    JsonNode all = json("all", "--data", file.toString(), "--passes", "1", "--holdout", "0");
    assertEquals(400, all.get("ratings").asInt());
    assertEquals("train", all.get("evaluatedOn").asText());
  }

  @Test
  void aRateThatIsTooHighIsSaid() {
    String said = run(4, command("diverges", "--rule", "sgd", "--rate", "50", "--passes", "10"));
    assertTrue(said.contains("--rate"), said);
  }

  @ParameterizedTest
  @CsvSource({
    "--rank, 0, --rank must be 1 to 4095",
    "--passes, 0, --passes must be 1 or more",
    "--rate, 0, --rate must be above 0",
    "--l2, NaN, --l2 must be 0 or more",
    "--holdout, 1, --holdout must be",
    "--rule, ftrl, --rule",
    "--consistency, often, --consistency",
    "--test, file, --test needs --data",
    "--report, /no/such/directory/r.html, cannot be written",
  })
  void saysWhichOptionIsWrong(String option, String value, String message) {
    String said = run(2, command("refused", option, value));
    assertTrue(said.contains(message), said);
    try (Holdfast cluster = Holdfast.connect(server.address())) {
      assertTrue(cluster.tables().stream().noneMatch(table -> table.job().equals("refused")));
    }
  }

  @Test
  void stateOfAnotherRunIsRefused() {
    var share = new Share(settings("any", LIFE), data.train(), 0);
    assertEquals(5, share.done(share.state(5)));
    var other = new Share(settings("any", RunLife.first(1)), data.train(), 0);
    assertThrows(HoldfastException.class, () -> share.done(other.state(5)));
    var error = assertThrows(HoldfastException.class, () -> share.done(new byte[3]));
    assertEquals(ErrorCode.INVALID_ARGUMENT, error.code());
  }
}
