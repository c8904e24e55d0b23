package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Workers in processes of their own, each with its own stripe of the data: the same JVM, flags and
 * class path as this one's. A worker process that dies without saying why is started again and goes
 * on from its saved state.
 */
final class WorkerProcesses implements WorkerGroup {
  /** Deaths of one rank that are made good before the run fails. */
  private static final int RESTARTS = 3;

  private final LrSettings settings;
  private final String address;
  private final TrainingProgress progress;
  private final List<String> flags;
  private final Consumer<String> says;
  private final CountDownLatch running;
  private final List<Thread> watchers = new ArrayList<>();
  private final @Nullable Process[] processes;

  /** By rank, for its watcher alone: whether it has said what was behind it at first. */
  private final boolean[] counted;

  private volatile @Nullable RuntimeException failure;
  private boolean closed;

  /** Deaths are told on standard error. */
  WorkerProcesses(LrSettings settings, String address, TrainingProgress progress) {
    this(settings, address, progress, List.of(), System.err::println);
  }

  /**
   * @param flags of the JVMs, beside those of this one
   * @param says is told when a worker has died, on a thread of its own
   */
  WorkerProcesses(
      LrSettings settings,
      String address,
      TrainingProgress progress,
      List<String> flags,
      Consumer<String> says) {
    this.flags = List.copyOf(flags);
    this.says = says;
    this.settings = settings;
    this.address = address;
    this.progress = progress;
    this.running = new CountDownLatch(settings.workers());
    this.processes = new Process[settings.workers()];
    this.counted = new boolean[settings.workers()];
    for (int rank = 0; rank < settings.workers(); rank++) {
      int watched = rank;
      watchers.add(
          Thread.ofPlatform().daemon().name("train-lr-" + rank).start(() -> watch(watched)));
    }
  }

  @Override
  public boolean await(Duration atMost) throws InterruptedException {
    boolean finished = running.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    if (failure != null) {
      throw failure;
    }
    return finished;
  }

  /** A process has no other way to be told. */
  @Override
  public void stop() {
    kill();
    while (running.getCount() > 0) {
      running.countDown();
    }
  }

  /** SIGKILL to the process that is this rank now. */
  synchronized void kill(int rank) {
    Process process = processes[rank];
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private synchronized void kill() {
    closed = true;
    for (Process process : processes) {
      if (process != null) {
        process.destroyForcibly();
      }
    }
  }

  @Override
  public void close() {
    kill();
    for (Process process : processes) {
      if (process != null) {
        process.onExit().join();
      }
    }
    boolean interrupted = false;
    for (Thread watcher : watchers) {
      try {
        watcher.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch(int rank) {
    try {
      for (int lives = 0; lives <= RESTARTS; lives++) {
        Process process = start(rank);
        if (process == null || finishes(process, rank)) {
          return;
        }
        says.accept(
            "worker " + rank + " died with status " + process.waitFor() + "; starting it again");
      }
      throw new HoldfastException(
          ErrorCode.INTERNAL,
          "worker process " + rank + " died " + (RESTARTS + 1) + " times; see its messages above");
    } catch (RuntimeException e) {
      failure = e;
    } catch (IOException e) {
      failure = new HoldfastException(ErrorCode.INTERNAL, "worker " + rank + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts the rank's process, unless the group is closed. */
  private synchronized @Nullable Process start(int rank) throws IOException {
    if (closed) {
      return null;
    }
    boolean again = processes[rank] != null;
    Process process = new ProcessBuilder(command(flags)).redirectError(Redirect.INHERIT).start();
    processes[rank] = process;
    LrSettings own = again ? settings.living(settings.life().next()) : settings;
    OutputStream in = process.getOutputStream(); // stays open: its end would end the process
    in.write(
        (WorkerProcess.JSON.writeValueAsString(new WorkerProcess.Assignment(own, address, rank))
                + "\n")
            .getBytes(StandardCharsets.UTF_8));
    in.flush();
    return process;
  }

  /**
   * Reads what the process says until it ends; whether it has done its work, or nobody wants it.
   */
  private boolean finishes(Process process, int rank) throws IOException {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String text = out.readLine(); text != null; text = out.readLine()) {
        WorkerProcess.Line line = WorkerProcess.JSON.readValue(text, WorkerProcess.Line.class);
        if (line.error() != null) {
          throw new HoldfastException(
              ErrorCode.INTERNAL, "worker process " + rank + " failed: " + line.error());
        }
        if (line.resumed() >= 0) {
          if (!counted[rank]) { // what a later life does not repeat has been counted
            counted[rank] = true;
            progress.resumed(rank, line.resumed());
          }
          continue;
        }
        progress.batchDone(rank, line.batches(), line.examples(), line.lossSum());
        progress.time(rank, line.waitedNanos(), line.passedNanos());
        if (line.done()) {
          running.countDown();
          return true;
        }
      }
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
    }
    synchronized (this) {
      return closed;
    }
  }

  /** Starts a worker process that waits for its assignment. */
  static List<String> command(List<String> flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent")) {
        command.add(flag);
      }
    }
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(WorkerProcess.class.getName());
    return command;
  }
}
