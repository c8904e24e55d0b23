package io.holdfast.it;

import io.holdfast.tools.local.Layout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A server in a process of its own, to be killed and started again on the same port and directory.
 */
final class ServerProcess implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final Map<String, String> settings;
  private final List<String> flags;
  private Process process;
  private int lives;

  ServerProcess(Path directory, Map<String, String> settings) {
    this(directory, settings, List.of());
  }

  /** With JVM flags that come after the usual ones, and so override them. */
  ServerProcess(Path directory, Map<String, String> settings, List<String> flags) {
    this.directory = directory;
    this.settings = settings;
    this.flags = flags;
    this.port = freePort();
    this.process = start();
    awaitServing();
  }

  static int freePort() {
    return Layout.freePorts(1)[0];
  }

  /** A Java command with this process's class path and the project's flags. */
  static List<String> java(String... arguments) {
    var command = flags();
    command.addAll(options());
    command.addAll(List.of(arguments));
    return command;
  }

  /** The beginning of such a command, without a class path. */
  static List<String> flags() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + root().resolve("tools/bin/jvm.options"));
    command.add("-Xshare:auto");
    command.add("-Xmx512m");
    return command;
  }

  /** What processes of tests have beside the usual flags, and their class path. */
  static List<String> options() {
    var options = new ArrayList<String>();
    // Short lives: what starts fast is worth more than what runs fast.
    options.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UseParallelGC", "-XX:+UseSerialGC"));
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("holdfast.server.")) {
        options.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    options.addAll(SharedClasses.arguments());
    return options;
  }

  /** With the compiler and the collector of the launcher: where speed or memory is measured. */
  static List<String> asLaunched(String... more) {
    var flags = new ArrayList<String>();
    flags.addAll(List.of("-XX:TieredStopAtLevel=4", "-XX:-UseSerialGC", "-XX:+UseParallelGC"));
    flags.addAll(List.of(more));
    return flags;
  }

  static Path root() {
    return Path.of(System.getProperty("holdfast.root"));
  }

  private Process start() {
    var command = java();
    command.addAll(command.indexOf("-cp"), flags);
    command.add(
        command.indexOf("-cp"),
        "-Dlogback.configurationFile=" + root().resolve(".mvn/logback-test.xml"));
    settings.forEach(
        (name, value) ->
            command.add(command.indexOf("-cp"), "-Dholdfast.server." + name + "=" + value));
    command.add("io.holdfast.tools.command.HoldfastCommand");
    command.addAll(
        List.of(
            "server",
            "--data",
            directory.resolve("node").toString(),
            "--port",
            Integer.toString(port)));
    try {
      lives++;
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(log().toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return directory.resolve("server-" + lives + ".log");
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  long pid() {
    return process.pid();
  }

  /** Processor time that this life has used. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** SIGTERM, at which the server checkpoints; returns when the process is gone. */
  void stop() {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("the server does not stop: " + output());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts again where it was. */
  void restart() {
    process = start();
  }

  /** Blocks until it has recovered and listens. */
  void awaitServing() {
    Awaitility.await("server process")
        .atMost(Duration.ofSeconds(60))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new AssertionError("the server has ended: " + output());
              }
              return Files.exists(log()) && Files.readString(log()).contains("serving at");
            });
  }

  String output() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
