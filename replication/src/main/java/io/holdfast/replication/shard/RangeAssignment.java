package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.ChainConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A range as the catalogue has it.
 *
 * @param range its id, never used again for another
 * @param keys its placed keys
 * @param spec its table
 * @param consistencyVersion how often the table's consistency has been changed
 * @param home whether it is a job's home range: workers' saved states, no rows
 * @param config its chain
 * @param complete whether as many members serve as the table asks for
 * @param activatedNodes nodes of which each has every acknowledged push (rule P22)
 * @param split the split of it that is under way, null for none (rule P24)
 */
public record RangeAssignment(
    int range,
    KeyRange keys,
    TableSpec spec,
    int consistencyVersion,
    boolean home,
    ChainConfig config,
    boolean complete,
    Set<Integer> activatedNodes,
    @Nullable WantedSplit split) {
  public RangeAssignment {
    activatedNodes = Set.copyOf(activatedNodes);
  }

  /** A range that is not being split, of a table whose consistency is as it was made. */
  public RangeAssignment(
      int range,
      KeyRange keys,
      TableSpec spec,
      boolean home,
      ChainConfig config,
      boolean complete,
      Set<Integer> activatedNodes) {
    this(range, keys, spec, 0, home, config, complete, activatedNodes, null);
  }

  /**
   * A range in the making: a half of one that is being split, or one that is taken from a snapshot.
   * In no chain yet, and to be kept where it is.
   *
   * @param spec its table's
   */
  public static RangeAssignment unplaced(int range, KeyRange keys, TableSpec spec, boolean home) {
    return new RangeAssignment(range, keys, spec, home, ChainConfig.NONE, false, Set.of());
  }

  /** Whether it has a chain; a range in the making has none yet. */
  boolean isPlaced() {
    return config.epoch() != 0;
  }
}
