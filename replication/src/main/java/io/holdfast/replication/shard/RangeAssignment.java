package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.ChainConfig;
import java.util.Set;

/**
 * A range as the catalogue has it.
 *
 * @param range its id, never used again for another
 * @param keys its placed keys
 * @param spec its table
 * @param home whether it is a job's home range: workers' saved states, no rows
 * @param config its chain
 * @param complete whether as many members serve as the table asks for
 * @param activatedNodes nodes of which each has every acknowledged push (rule P22)
 */
public record RangeAssignment(
    int range,
    KeyRange keys,
    TableSpec spec,
    boolean home,
    ChainConfig config,
    boolean complete,
    Set<Integer> activatedNodes) {
  public RangeAssignment {
    activatedNodes = Set.copyOf(activatedNodes);
  }
}
