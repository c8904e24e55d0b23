package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** {@code holdfast train lr} in a process. */
final class TrainingProcess implements AutoCloseable {
  private static final double AUC_TOLERANCE = 0.005;

  /** What logistic regression reaches on a9a, less what the asynchronous order of updates costs. */
  private static final double A9A_AUC = 0.9015;

  private static final double A9A_LOG_LOSS = 0.3255;

  private final String address;
  private final String job;
  private final Path output;
  private final Path errors;
  private final Process process;

  /**
   * @param passes over the data: a generated click log where the options name its size, else a9a
   *     where it is there
   */
  TrainingProcess(Path directory, String address, String job, int passes, String... options)
      throws IOException {
    this.address = address;
    this.job = job;
    this.output = directory.resolve(job + ".json");
    this.errors = directory.resolve(job + ".err");
    var command = ServerProcess.java("io.holdfast.tools.command.HoldfastCommand", "train", "lr");
    command.addAll(List.of("--server", address, "--job", job, "--output", "json"));
    command.addAll(List.of("--passes", Integer.toString(passes)));
    if (List.of(options).contains("--examples")) {
      command.add("--quiet");
    } else if (hasA9a()) {
      command.addAll(List.of("--data", a9a("train").toString(), "--test", a9a("test").toString()));
    } else {
      command.addAll(List.of("--examples", "30000"));
    }
    command.addAll(List.of(options));
    process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
  }

  static boolean hasA9a() {
    return Files.isReadable(a9a("train")) && Files.isReadable(a9a("test"));
  }

  private static Path a9a(String part) {
    String beside = ServerProcess.root().resolve("../shared/data").normalize().toString();
    return Path.of(System.getProperty("holdfast.data", beside), "a9a." + part + ".libsvm");
  }

  /** Blocks until a worker's pushes have reached the server. */
  void awaitProgress() {
    awaitOther(0);
  }

  /** Weight of the intercept, which every batch changes; 0 before there is any. */
  float intercept() {
    try (var cluster = Holdfast.connect(address)) {
      return intercept(cluster);
    }
  }

  private float intercept(Holdfast cluster) {
    boolean begun =
        cluster.tables().stream()
            .anyMatch(table -> table.job().equals(job) && table.name().equals("weights"));
    return begun
        ? cluster.job(job).table("weights").latest().pull(new long[] {0}).join().floats()[0]
        : 0;
  }

  /** Blocks until the intercept is another, or the run has ended well. */
  void awaitOther(float before) {
    try (var cluster = Holdfast.connect(address)) {
      Awaitility.await("training that has begun")
          .atMost(Duration.ofSeconds(60))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .until(
              () -> {
                assertTrue(process.isAlive() || process.exitValue() == 0, errors());
                return !process.isAlive() || intercept(cluster) != before;
              });
    }
  }

  /** SIGKILL to the command and its workers, as near to at once as can be. */
  void kill() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(one -> one.onExit().join());
  }

  boolean endsWithin(double seconds) throws InterruptedException {
    return process.waitFor((long) (seconds * 1000), TimeUnit.MILLISECONDS);
  }

  List<ProcessHandle> workers() {
    return new ArrayList<>(process.children().toList());
  }

  String errors() {
    return read(errors);
  }

  Result result(String what) throws InterruptedException {
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), what + ": the run does not end: " + errors());
    assertEquals(0, process.exitValue(), what + ": " + errors());
    return Result.parse(read(output));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Holds a disturbed run to an undisturbed one, and prints both. */
  static void mustBeAsGood(Result calm, Result killed, String what) {
    System.out.printf(
        "%s: AUC %.4f, log-loss %.4f, %.1f s; undisturbed %.4f, %.4f, %.1f s%n",
        what,
        killed.auc(),
        killed.logLoss(),
        killed.seconds(),
        calm.auc(),
        calm.logLoss(),
        calm.seconds());
    assertEquals(calm.auc(), killed.auc(), AUC_TOLERANCE, what);
    if (hasA9a()) {
      assertTrue(killed.auc() >= A9A_AUC, what + ": AUC " + killed.auc());
      assertTrue(killed.logLoss() <= A9A_LOG_LOSS, what + ": log-loss " + killed.logLoss());
    }
  }

  /** What a run says of itself at its end. */
  record Result(double auc, double logLoss, double objective, double seconds, String modelDigest) {
    static Result parse(String json) {
      var digest = Pattern.compile("\"modelDigest\":\"([0-9a-f]{64})\"").matcher(json);
      assertTrue(digest.find(), "modelDigest in " + json);
      return new Result(
          number(json, "auc"),
          number(json, "logLoss"),
          number(json, "objective"),
          number(json, "seconds"),
          digest.group(1));
    }

    private static double number(String json, String name) {
      var matcher = Pattern.compile("\"" + name + "\":([-+.eE0-9]+)").matcher(json);
      assertTrue(matcher.find(), name + " in " + json);
      return Double.parseDouble(matcher.group(1));
    }
  }
}
