package io.holdfast.tools.job;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.local.OwnNodes;
import io.holdfast.tools.local.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The options of every command that runs jobs: on which cluster, by how many workers, and what they
 * show. The defaults that differ are given by the command.
 */
public final class JobOptions {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "A node of the cluster; several, separated by commas. Default: a server of its own.")
  private @Nullable String server;

  @Option(names = "--workers", paramLabel = "N", description = "Workers.")
  private int workers;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Of all that is drawn: made-up data, first values, the order of things.")
  private long seed = 1;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a report there, one self-contained file.")
  private @Nullable Path report;

  @Option(names = "--quiet", description = "Show no progress.")
  private boolean quiet;

  private final LocalCluster.Starter starter;
  private CommandSpec owner = CommandSpec.create();

  /** Runs without {@code --server} get a server in this process. */
  public JobOptions(int workers) {
    this(workers, OwnServer::start);
  }

  /**
   * @param workers by default
   * @param starter of the cluster for runs without {@code --server}
   */
  public JobOptions(int workers, LocalCluster.Starter starter) {
    this.workers = workers;
    this.starter = starter;
  }

  @Spec(Spec.Target.MIXEE)
  void belongsTo(CommandSpec command) {
    owner = command;
  }

  /** The cluster that was named, if one was. */
  public Optional<String> server() {
    return Optional.ofNullable(server);
  }

  public int workers() {
    return workers;
  }

  public long seed() {
    return seed;
  }

  public boolean isQuiet() {
    return quiet;
  }

  /**
   * Where the report goes, if one is wanted.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it cannot be written: better known before
   *     hours of work than after
   */
  public Optional<Path> report() {
    mustBeWritable("--report", report);
    return Optional.ofNullable(report);
  }

  /** Refuses a file that cannot be written; null is none. */
  public static void mustBeWritable(String option, @Nullable Path file) {
    if (file == null) {
      return;
    }
    Path directory = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || directory == null || !Files.isWritable(directory)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          option + " " + file + " cannot be written; is there such a directory?");
    }
  }

  /** Says on standard error what is being done, unless that is not wanted. */
  public void say(String message) {
    if (!quiet) {
      owner.commandLine().getErr().println(message);
      owner.commandLine().getErr().flush();
    }
  }

  /** Shows steps towards an end on standard error, unless that is not wanted. */
  public StepBar bar(String task, long steps, String unit) {
    return new StepBar(task, steps, unit, quiet ? null : owner.commandLine().getErr());
  }

  /**
   * Works on the cluster that was named, or on a server of its own, which ends with the work.
   * Blocks.
   */
  public <R> R onCluster(Work<R> work) throws IOException, InterruptedException {
    return server != null ? work.on(server) : onOwn(null, work);
  }

  /**
   * As {@link #onCluster(Work)}, for a job that may be resumed: a server of its own keeps its data
   * where the job's options say, and is several where they say so.
   *
   * @throws HoldfastException INVALID_ARGUMENT where these options contradict each other
   */
  public <R> R onCluster(NamedJob job, Work<R> work) throws IOException, InterruptedException {
    job.check(server != null);
    if (job.nodes() > 0) {
      return onNodes(job, cluster -> work.on(cluster.addresses()));
    }
    return server != null ? work.on(server) : onOwn(job.serverData(), work);
  }

  /**
   * As {@link #onCluster(NamedJob, Work)}, for work that has to do with the processes of {@code
   * --nodes}, which was given.
   */
  public <R> R onNodes(NamedJob job, NodesWork<R> work) throws IOException, InterruptedException {
    job.check(server != null);
    say("starting " + job.nodes() + " nodes and ZooKeeper, each a process");
    try (ProcessCluster cluster = OwnNodes.start(job.nodes(), job.serverData())) {
      say("started nodes at " + cluster.addresses());
      return work.on(cluster);
    }
  }

  private <R> R onOwn(@Nullable Path data, Work<R> work) throws IOException, InterruptedException {
    try (LocalCluster local = starter.startIn(data)) {
      say("started a server at " + local.address());
      return work.on(local.address());
    }
  }

  /**
   * What is done on a cluster.
   *
   * @param <R> what it comes to
   */
  @FunctionalInterface
  public interface Work<R> {
    R on(String address) throws IOException, InterruptedException;
  }

  /**
   * What is done on a cluster of the command's own.
   *
   * @param <R> what it comes to
   */
  @FunctionalInterface
  public interface NodesWork<R> {
    R on(ProcessCluster cluster) throws IOException, InterruptedException;
  }
}
