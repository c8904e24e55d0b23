package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.Holdfast;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code holdfast train lr} and {@code train lda} with a server of the command's own, which keeps
 * its data: the command is killed, given again with {@code --resume}, and ends as if nothing had
 * happened.
 */
class OwnServerResumeTest {
  private static final Duration LONG = Duration.ofMinutes(3);
  private static final Pattern STARTED = Pattern.compile("started a server at (\\S+)");

  @TempDir Path directory;

  @Test
  void aCommandThatWasKilledGoesOn() throws Exception {
    String calm = run("calm", "lr", sequential());
    kill("killed", "weights", "lr", sequential());
    String resumed = run("killed", "lr", sequential("--resume"));
    assertEquals(digest(calm), digest(resumed));
    assertTrue(resumed.contains("\"life\":2"), resumed);
  }

  @Test
  void countsOfTopicsStayExact() throws Exception {
    String[] lda = {"--documents", "300", "--topics", "5", "--passes", "60"};
    kill("topics", "topics", "lda", lda);
    String resumed = run("topics", "lda", with(lda, "--resume"));
    assertTrue(resumed.contains("\"wrongCounts\":0"), resumed);
    assertTrue(resumed.contains("\"life\":2"), resumed);
  }

  private static String[] sequential(String... more) {
    return with(
        new String[] {
          "--consistency",
          "sequential",
          "--examples",
          "8000",
          "--passes",
          "6",
          "--durability",
          "memory",
          "--save-every",
          "8"
        },
        more);
  }

  private static String[] with(String[] options, String... more) {
    var all = new ArrayList<>(List.of(options));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String digest(String json) {
    var found = Pattern.compile("\"modelDigest\":\"([0-9a-f]{64})\"").matcher(json);
    assertTrue(found.find(), json);
    return found.group(1);
  }

  private Process start(String name, String job, String... options) throws IOException {
    var command = ServerProcess.java("io.holdfast.tools.command.HoldfastCommand", "train", job);
    command.addAll(List.of("--server-data", directory.resolve(name).toString()));
    command.addAll(List.of("--output", "json"));
    command.addAll(List.of(options));
    return new ProcessBuilder(command)
        .redirectOutput(directory.resolve(name + ".json").toFile())
        .redirectError(directory.resolve(name + ".err").toFile())
        .start();
  }

  private String run(String name, String job, String... options) throws Exception {
    Process process = start(name, job, options);
    try {
      assertTrue(process.waitFor(LONG.toMillis(), TimeUnit.MILLISECONDS), read(name + ".err"));
      assertEquals(0, process.exitValue(), read(name + ".err"));
      return read(name + ".json");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Kills it when the table of its job has changed. */
  private void kill(String name, String table, String job, String... options) throws Exception {
    Process process = start(name, job, options);
    try {
      Awaitility.await("a server").atMost(LONG).until(() -> started(name));
      var address = STARTED.matcher(read(name + ".err"));
      assertTrue(address.find());
      try (var cluster = Holdfast.connect(address.group(1))) {
        Awaitility.await("a change of " + table)
            .atMost(LONG)
            .pollInterval(Duration.ofMillis(10))
            .until(() -> !process.isAlive() || hasChanged(cluster, job, table));
      }
      assertTrue(process.isAlive(), read(name + ".err"));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private boolean started(String name) throws IOException {
    return STARTED.matcher(read(name + ".err")).find();
  }

  private static boolean hasChanged(Holdfast cluster, String job, String table) {
    if (cluster.tables().stream().noneMatch(one -> one.name().equals(table))) {
      return false;
    }
    var rows = cluster.job(job).table(table).pull(new long[] {0}).join();
    if (job.equals("lr")) {
      return rows.floats()[0] != 0;
    }
    return rows.longs()[0] != 0;
  }

  private String read(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }
}
