package io.holdfast.tools.local;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server in a process of its own, to be killed, stopped, continued and started again. Its output
 * is appended to a file over all of its lives. For one thread, but for {@link #isAlive} and {@link
 * #pid}.
 */
final class ChildProcess {
  private static final int LOG_LINES = 15;
  private static final int SIGNAL_SECONDS = 10;

  private final String name;
  private final List<String> command;
  private final Path log;
  private final Consumer<String> lines;
  private volatile @Nullable Process process;
  private boolean wanted;

  /**
   * @param name for messages
   * @param log gets all of its output
   * @param lines gets every line of its standard output, on a thread of the child's own
   */
  ChildProcess(String name, List<String> command, Path log, Consumer<String> lines) {
    this.name = name;
    this.command = List.copyOf(command);
    this.log = log;
    this.lines = lines;
  }

  String name() {
    return name;
  }

  Path log() {
    return log;
  }

  /**
   * Starts it; it is up some time later.
   *
   * @throws HoldfastException INTERNAL where the operating system refuses
   */
  void start() {
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      Process started =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process = started;
      wanted = true;
      Thread.ofPlatform().daemon().name(name + "-output").start(() -> read(started));
    } catch (IOException e) {
      throw new HoldfastException(ErrorCode.INTERNAL, name + " cannot be started: " + e, e);
    }
  }

  private void read(Process of) {
    try (BufferedReader out =
            new BufferedReader(new InputStreamReader(of.getInputStream(), StandardCharsets.UTF_8));
        Writer to =
            Files.newBufferedWriter(
                log,
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        to.write(line + "\n");
        to.flush();
        if (of.equals(process)) { // a killed life's last words come late
          lines.accept(line);
        }
      }
    } catch (IOException e) {
      // The pipe breaks when the child is killed: there is nothing more to read.
    }
  }

  boolean isAlive() {
    Process now = process;
    return now != null && now.isAlive();
  }

  /** Whether it has ended by itself. */
  boolean hasFallen() {
    return wanted && !isAlive();
  }

  /** 0 before its first start. */
  long pid() {
    Process now = process;
    return now == null ? 0 : now.pid();
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    wanted = false;
    Process now = process;
    if (now != null) {
      now.destroyForcibly();
      now.onExit().join();
    }
  }

  /** SIGKILL without a wait. */
  void beginKill() {
    wanted = false;
    Process now = process;
    if (now != null) {
      now.destroyForcibly();
    }
  }

  /** SIGTERM without a wait. */
  void beginStop() {
    wanted = false;
    Process now = process;
    if (now != null) {
      now.destroy();
    }
  }

  /** Waits for the end of the process; kills it where that takes longer than this. */
  void awaitStopped(Duration atMost) {
    Process now = process;
    if (now == null) {
      return;
    }
    try {
      if (!now.waitFor(Math.max(0, atMost.toMillis()), TimeUnit.MILLISECONDS)) {
        now.destroyForcibly();
      }
      now.waitFor();
    } catch (InterruptedException e) {
      now.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** SIGSTOP: the process does nothing more, and does not know it. */
  void pause() {
    signal("-STOP");
  }

  /** SIGCONT. */
  void resume() {
    signal("-CONT");
  }

  private void signal(String signal) {
    if (!isAlive()) {
      return; // its id may belong to somebody else by now
    }
    try {
      Process sent =
          new ProcessBuilder("kill", signal, Long.toString(pid()))
              .redirectErrorStream(true)
              .start();
      if (!sent.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS) || sent.exitValue() != 0) {
        throw new HoldfastException(
            ErrorCode.INTERNAL, "kill " + signal + " " + pid() + " (" + name + ") failed");
      }
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INTERNAL, "needs the program 'kill': " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
    }
  }

  /** The last lines of its output. */
  String logTail() {
    try {
      List<String> all = Files.readAllLines(log);
      return String.join(
          System.lineSeparator(), all.subList(Math.max(0, all.size() - LOG_LINES), all.size()));
    } catch (IOException e) {
      return "(its output cannot be read: " + e + ")";
    }
  }
}
