package io.holdfast.tools.command;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.Initial;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.TableSpec;
import picocli.CommandLine.Option;

/** What a new table is asked for beside its shape and its rule. */
final class TableOptions {
  @Option(names = "--hashed", description = "Spread keys over ranges by a hash (sparse tables).")
  private boolean hashed;

  @Option(
      names = "--initial",
      paramLabel = "VALUE",
      converter = Converters.OfInitial.class,
      description =
          "What unwritten rows read as: zero, constant:V, uniform:LOW,HIGH[,SEED], normal:MEAN,SD[,SEED]. Default: zero.")
  private Initial initial = Initial.ZERO;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      converter = Converters.OfDurability.class,
      description =
          "When a push is acknowledged: on disk, or in the log's mapping. Default: fsync.")
  private Durability durability = Durability.FSYNC;

  @Option(
      names = "--consistency",
      paramLabel = "MODEL",
      converter = Converters.OfConsistency.class,
      description =
          "eventual, bounded:CLOCKS or sequential[:sum|mean[:BACKUP_WORKERS]]. Default: eventual.")
  private Consistency consistency = Consistency.eventual();

  @Option(
      names = "--nan",
      paramLabel = "refuse|zero|allow",
      converter = Converters.OfNanPolicy.class,
      description = "What becomes of pushed NaN and infinity. Default: refuse.")
  private NanPolicy nanPolicy = NanPolicy.REFUSE;

  @Option(
      names = "--ranges",
      paramLabel = "N",
      description = "Ranges to cut the keys into. Default: the server's choice.")
  private int ranges;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Nodes in the chain of each range, 1 to 16. Default: the server's choice.")
  private int replicas;

  @Option(
      names = "--min-in-sync",
      paramLabel = "N",
      description =
          "Refuse pushes while fewer replicas serve. Default: one less than the replicas, at the"
              + " least 1.")
  private int minInSync;

  NanPolicy nanPolicy() {
    return nanPolicy;
  }

  void apply(TableSpec.Builder builder) {
    builder.initial(initial).durability(durability).consistency(consistency);
    builder.nanPolicy(nanPolicy).ranges(ranges).replicas(replicas).minInSync(minInSync);
    if (hashed) {
      builder.hashed();
    }
  }
}
