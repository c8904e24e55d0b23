package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each job that comes with Holdfast, as its command, on three nodes: a node is killed in the middle
 * and started again, and workers are killed and resume; the result is that of a run that nothing
 * happened to, but for what the job's page in {@code docs} allows.
 *
 * <p>Run where {@code -Dholdfast.jobs=2} says how often in a run each is killed; {@code
 * -Dholdfast.seed=1} chooses the victims. Where a job's workers are processes one of them is
 * killed, and where they are threads the command is, with all of them.
 */
@EnabledIfSystemProperty(named = "holdfast.jobs", matches = "\\d+")
@SuppressWarnings("NullAway.Init")
class JobsUnderKillsTest {
  private static final int KILLS = Integer.getInteger("holdfast.jobs", 1);
  private static final Duration LONG = Duration.ofMinutes(2);

  private static final Map<String, String> SETTINGS =
      Map.of(
          "shards", "1",
          "cache", "64MiB",
          "log-segment", "16MiB",
          "limits.frame", "4MiB",
          "disk-low", "0",
          "disk-high", "0");

  /** A job, its options, and what may differ. */
  enum Job {
    FTRL(
        "train lr --worker-processes --workers 2 --consistency bounded:4 --examples 20000 --passes"
            + " PASSES",
        20) {
      @Override
      void compare(String calm, String killed, String what) {
        assertEquals(number(calm, "auc"), number(killed, "auc"), 0.005, what);
      }
    },
    BLOCK_PROXIMAL(
        "train lr --algorithm block-proximal --worker-processes --workers 2 --examples 20000 --l1 4"
            + " --l2 0 --blocks 8 --passes PASSES",
        60) {
      @Override
      void compare(String calm, String killed, String what) {
        assertEquals(text(calm, "modelDigest"), text(killed, "modelDigest"), what);
      }
    },
    LDA("train lda --workers 2 DOCUMENTS --passes PASSES", 60) {
      @Override
      void compare(String calm, String killed, String what) {
        assertEquals(0, number(killed, "wrongCounts"), what);
        double expected = number(calm, "logLikelihood");
        double likelihood = hasReuters() ? 0.01 : 0.03; // what two calm runs differ by, and more
        assertEquals(expected, number(killed, "logLikelihood"), likelihood * -expected, what);
      }
    },
    MF("train mf --workers 2 --ratings 60000 --rank 8 --passes PASSES", 30) {
      @Override
      void compare(String calm, String killed, String what) {
        double expected = number(calm, "rmse");
        assertEquals(expected, number(killed, "rmse"), 0.01 * expected, what);
      }
    },
    SKETCH(
        "sketch --workers 2 --batch 512 --save-every 16 --query 1 --query 2 --query 77 --items"
            + " PASSES",
        1_000_000) {
      @Override
      void compare(String calm, String killed, String what) {
        for (String same : List.of("items", "1", "2", "77", "largestError", "meanError")) {
          assertEquals(number(calm, same), number(killed, same), what + ": " + same);
        }
        assertEquals(0, number(killed, "below"), what);
      }
    };

    private final String arguments;

    Job(String arguments, int perKill) {
      String passes = Integer.toString(perKill * (KILLS + 1));
      this.arguments = arguments.replace("PASSES", passes).replace("DOCUMENTS", documents());
    }

    abstract void compare(String calm, String killed, String what);
  }

  /** Made-up topics are so far apart that two runs may end in quite different places. */
  private static String documents() {
    return hasReuters() ? "--topics 20 --data " + reuters() : "--topics 10 --documents 1000";
  }

  private static boolean hasReuters() {
    return Files.isReadable(reuters());
  }

  private static Path reuters() {
    String beside = ServerProcess.root().resolve("../shared/data").normalize().toString();
    return Path.of(System.getProperty("holdfast.data", beside), "reuters.ldac");
  }

  @TempDir static Path directory;
  private static ProcessCluster processes;

  @BeforeAll
  static void start() {
    processes =
        ProcessCluster.start(
            Layout.onFreePorts(3, 1),
            ClusterSettings.in(directory.resolve("cluster"))
                .withJavaOptions(ServerProcess.options())
                .withNodeSettings(SETTINGS)
                .withStartUp(LONG.multipliedBy(2)));
  }

  @AfterAll
  static void stop() {
    if (processes != null) {
      processes.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void resultIsThatOfAnUndisturbedRun(Job job) throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    String calm;
    try (var running = run(job, "calm", 0)) {
      calm = running.result(job + ", undisturbed");
    }
    var killed = new ArrayList<String>();
    String result = runAndKill(job, new Random(seed), killed);
    String what = job + ", seed " + seed + ", killed " + String.join(", ", killed);
    System.out.printf("%s%n  undisturbed %s%n  killed      %s%n", what, brief(calm), brief(result));
    job.compare(calm, result, what);
    assertTrue(killed.size() == 2 * KILLS, what + ": it ended before all was killed");
  }

  /** In turn a node and workers, each when as much of the job is done again. */
  private static String runAndKill(Job job, Random random, List<String> killed) throws Exception {
    JobProcess running = run(job, "killed", 0);
    try {
      for (int kill = 1; kill <= 2 * KILLS; kill++) {
        if (!running.reaches(kill / (2.0 * KILLS + 1))) {
          break;
        }
        var workers = running.workers();
        if (kill % 2 == 1) {
          killed.add(killNode(random));
        } else if (!workers.isEmpty()) {
          workers.get(random.nextInt(workers.size())).destroyForcibly();
          killed.add("a worker");
        } else {
          running.kill();
          killed.add("all workers");
          running = run(job, "killed", kill);
        }
      }
      return running.result(job + ", killed " + killed);
    } finally {
      running.close();
    }
  }

  private static String killNode(Random random) {
    NodeProcess victim = processes.nodes().get(random.nextInt(processes.nodes().size()));
    victim.kill();
    victim.start();
    processes.awaitServing(LONG);
    return victim.name();
  }

  private static JobProcess run(Job job, String name, int life) throws Exception {
    String id = (job + "-" + name).toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    var arguments = new ArrayList<>(List.of(job.arguments.split(" ")));
    arguments.addAll(List.of("--server", processes.addresses(), "--job", id, "--resume"));
    arguments.addAll(List.of("--output", "json"));
    return new JobProcess(directory, id + "-" + life, arguments);
  }

  private static String brief(String json) {
    return json.replaceAll("\\[[^]]*\\]", "[...]");
  }

  private static double number(String json, String name) {
    var matcher = Pattern.compile("\"" + name + "\":([-+.eE0-9]+)").matcher(json);
    assertTrue(matcher.find(), name + " in " + json);
    return Double.parseDouble(matcher.group(1));
  }

  private static String text(String json, String name) {
    var matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    assertTrue(matcher.find(), name + " in " + json);
    return matcher.group(1);
  }
}
