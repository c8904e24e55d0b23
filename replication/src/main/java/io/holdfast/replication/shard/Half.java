package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.Seal;
import io.holdfast.store.rows.RowStore;
import java.util.List;

/** One of the two ranges that a sealed range is cut into. */
public final class Half extends NewRange {
  private final int whole;
  private final Seal seal;
  private final List<HeldPush> held;

  /**
   * @param whole the range that is cut; a checkpoint of it as of its seal is in the node's store
   * @param held pushes that are in no row yet, in order of their clock
   */
  Half(int whole, int range, KeyRange keys, TableSpec spec, Seal seal, List<HeldPush> held) {
    super(range, keys, spec);
    this.whole = whole;
    this.seal = seal;
    this.held = List.copyOf(held);
  }

  /** It cannot be an older one: its LSN and the epoch of its last record are those of the seal. */
  @Override
  boolean isWhole(RangeReplica replica) {
    var chain = replica.chain();
    return replica.quarantine() == null
        && chain.lastLsn() == seal.lsn()
        && chain.appliedLsn() == seal.lsn()
        && chain.lastRecordEpoch() == seal.recordEpoch();
  }

  @Override
  Contents open(RowStore store) {
    var export = store.export(whole, keys()).orElseThrow(this::gone);
    boolean taken = false;
    try {
      var metadata = RangeMetadata.decode(export.metadata());
      if (!seal.equals(metadata.chain().seal())) {
        throw gone();
      }
      metadata.chain().beginAsHalf();
      taken = true;
      return new Contents(export, metadata, held);
    } finally {
      if (!taken) {
        export.close();
      }
    }
  }

  private HoldfastException gone() {
    return new HoldfastException(
        ErrorCode.NOT_READY,
        "the rows of range " + whole + " as of " + seal + " are not in the store");
  }

  @Override
  String origin() {
    return "cut out of range " + whole;
  }
}
