package io.holdfast.tools.job;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Converters;
import io.holdfast.tools.local.OwnNodes;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/**
 * The options of jobs that stay on the cluster: their name, what their tables are, and resuming.
 */
public final class NamedJob {
  @Option(names = "--job", paramLabel = "NAME", description = "Job on the cluster.")
  private String name;

  @Option(
      names = "--resume",
      description =
          "Go on with the job from what its workers saved last; with the same data and options."
              + " Begins it where nothing has been begun.")
  private boolean resume;

  @Option(
      names = "--fresh",
      description = "Drop the job with all its tables, where there is one, and begin anew.")
  private boolean fresh;

  @Option(
      names = "--server-data",
      paramLabel = "DIR",
      description =
          "Where a server or the nodes of its own keep their data, so that --resume finds them."
              + " Default: a temporary directory, deleted at the end.")
  private @Nullable Path serverData;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "Instead of --server: run on a cluster of its own, so many nodes and ZooKeeper, each a"
              + " process.")
  private int nodes;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      converter = Converters.OfDurability.class,
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "When a push is acknowledged: fsync (on disk) or memory (in the log's mapping). Default:"
              + " fsync.")
  private Durability durability = Durability.FSYNC;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Replicas of the job's tables. 0: the cluster's default.")
  private int replicas;

  /**
   * @param name by default
   */
  public NamedJob(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  public boolean resume() {
    return resume;
  }

  @Nullable Path serverData() {
    return serverData;
  }

  /** Of a cluster of the command's own, each a process; 0: there is none. */
  public int nodes() {
    return nodes;
  }

  /**
   * @param hasServer whether a cluster was named
   */
  void check(boolean hasServer) {
    require(
        !(resume && fresh), "--resume goes on with the job, --fresh drops it: give one of them");
    OwnNodes.check(nodes);
    require(
        !hasServer || nodes == 0, "--nodes starts a cluster, --server names one: give one of them");
    require(
        !hasServer || serverData == null,
        "--server-data is for a server of the command's own: leave out it or --server");
    require(
        !resume || hasServer || serverData != null,
        "--resume finds nothing in a server of the command's own that begins empty: name the"
            + " directory of the run before by --server-data, or a cluster by --server");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }

  /**
   * Begins the job's run, or finds it again, as the options say. Durable when it returns; blocks.
   *
   * @param deciding the options that decide the run
   * @throws HoldfastException as {@link RunJournal#open}
   */
  public RunJournal begin(Holdfast cluster, RunOptions deciding) {
    Start start = fresh ? Start.FRESH : resume ? Start.RESUME : Start.NEW;
    return RunJournal.open(cluster, name, start, deciding);
  }

  public Durability durability() {
    return durability;
  }

  /** 0: as many as the cluster makes by itself. */
  public int replicas() {
    return replicas;
  }
}
