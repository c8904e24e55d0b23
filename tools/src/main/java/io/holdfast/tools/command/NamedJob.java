package io.holdfast.tools.command;

import io.holdfast.model.Durability;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** The options of jobs that stay on the cluster: their name, what their tables are, and resuming. */
public final class NamedJob {
  @Option(names = "--job", paramLabel = "NAME", description = "Job on the cluster.")
  private String name;

  @Option(
      names = "--resume",
      description =
          "Go on with the job from where its workers last saved their state; with the same data and"
              + " options.")
  private boolean resume;

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

  public Durability durability() {
    return durability;
  }

  /** 0: as many as the cluster makes by itself. */
  public int replicas() {
    return replicas;
  }
}
