package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A job's command in a process, which tells how far it is. */
final class JobProcess implements AutoCloseable {
  /** What all jobs print where standard error is no terminal. */
  private static final Pattern PROGRESS = Pattern.compile("([0-9][0-9,]*) of ([0-9][0-9,]*)");

  private static final Duration LONG = Duration.ofMinutes(5);

  private final Path output;
  private final Path errors;
  private final Process process;

  /**
   * @param name of the files for its output
   */
  JobProcess(Path directory, String name, List<String> arguments) throws IOException {
    this.output = directory.resolve(name + ".json");
    this.errors = directory.resolve(name + ".err");
    var command = ServerProcess.java("io.holdfast.tools.command.HoldfastCommand");
    command.addAll(arguments);
    process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
  }

  /** Blocks until it has come so far, or has ended well; whether it still runs. */
  boolean reaches(double share) {
    Awaitility.await("a job that gets on")
        .atMost(LONG)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> hasEnded() || done() >= share);
    return process.isAlive();
  }

  private boolean hasEnded() {
    assertTrue(process.isAlive() || process.exitValue() == 0, errors());
    return !process.isAlive();
  }

  private double done() {
    double done = 0;
    for (Matcher found = PROGRESS.matcher(errors()); found.find(); ) {
      done = number(found.group(1)) / number(found.group(2));
    }
    return done;
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }

  /** Processes that it has started for its workers. */
  List<ProcessHandle> workers() {
    return process.children().toList();
  }

  /** SIGKILL to the command and its workers, as near to at once as can be. */
  void kill() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(one -> one.onExit().join());
  }

  String errors() {
    return read(errors);
  }

  /** The JSON document that it ends with. Blocks until it has ended. */
  String result(String what) throws InterruptedException {
    assertTrue(
        process.waitFor(LONG.toMillis(), TimeUnit.MILLISECONDS),
        what + ": the job does not end: " + errors());
    assertEquals(0, process.exitValue(), what + ": " + errors());
    return read(output).lines().toList().getLast();
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
}
