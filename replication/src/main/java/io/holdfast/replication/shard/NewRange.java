package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowStore;
import java.util.List;

/**
 * A range that is made on this node out of rows that are there, on its way to the shard that owns
 * it: a half of one that is cut (rule P24), or one of a snapshot (rule P30).
 */
public abstract sealed class NewRange permits Half, RestoredRange {
  private final int range;
  private final KeyRange keys;
  private final TableSpec spec;

  NewRange(int range, KeyRange keys, TableSpec spec) {
    this.range = range;
    this.keys = keys;
    this.spec = spec;
  }

  /**
   * What it is made of.
   *
   * @param rows still to be read; closed by whoever asked for it
   * @param metadata that the range is to have, but for the place in the log
   * @param held pushes that are in no row yet, in order of their clock
   */
  record Contents(RowExport rows, RangeMetadata metadata, List<HeldPush> held) {}

  /** Its id, never given to another range. */
  public final int range() {
    return range;
  }

  final KeyRange keys() {
    return keys;
  }

  final TableSpec spec() {
    return spec;
  }

  /** Whether this replica is it, made before. On the shard's thread. */
  abstract boolean isWhole(RangeReplica replica);

  /**
   * Begins to read it. Not on the shard's thread; blocks.
   *
   * @param store of the node
   * @throws io.holdfast.model.HoldfastException where that cannot be; store errors likewise
   */
  abstract Contents open(RowStore store);

  /** Where it comes from, for people. */
  abstract String origin();
}
