package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A range, or a part of one, or several in a row, out of a snapshot (rule P30). It begins a new
 * generation: workers of the time of the snapshot are fenced, and those that resume from their
 * saved states go on exactly where those were made.
 */
public final class RestoredRange extends NewRange {
  private final Supplier<RowExport> rows;
  private final List<byte[]> held;
  private final boolean modelOnly;

  /**
   * @param rows opens what the snapshot has of the keys; asked once
   * @param held objects of {@link HeldRecords}: pushes that wait for their clock, whole
   * @param modelOnly without what workers have left: clocks, saved states, held pushes
   */
  public RestoredRange(
      int range,
      KeyRange keys,
      TableSpec spec,
      Supplier<RowExport> rows,
      List<byte[]> held,
      boolean modelOnly) {
    super(range, keys, spec);
    this.rows = rows;
    this.held = List.copyOf(held);
    this.modelOnly = modelOnly;
  }

  /** Its id was reserved for this one import, so nothing else can have that place. */
  @Override
  boolean isWhole(RangeReplica replica) {
    return replica.quarantine() == null && replica.chain().appliedLsn() > 0;
  }

  @Override
  Contents open(RowStore store) {
    var export = rows.get();
    boolean taken = false;
    try {
      var metadata = modelOnly ? RangeMetadata.empty() : decode(export.metadata());
      metadata.chain().beginRestored();
      taken = true;
      return new Contents(export, metadata, modelOnly ? List.of() : heldPushes());
    } finally {
      if (!taken) {
        export.close();
      }
    }
  }

  private RangeMetadata decode(byte[] metadata) {
    try {
      return RangeMetadata.decode(metadata);
    } catch (RuntimeException e) {
      throw unreadable("the state beside the rows", e);
    }
  }

  private List<HeldPush> heldPushes() {
    var pushes = new ArrayList<HeldPush>();
    try {
      for (byte[] object : held) {
        for (var push : HeldRecords.read(range(), ByteBuffer.wrap(object))) {
          HeldPush.cut(push.header(), push.payload(), range(), keys()).ifPresent(pushes::add);
        }
      }
    } catch (RuntimeException e) {
      throw unreadable("a push that waits for its clock", e);
    }
    return pushes;
  }

  private HoldfastException unreadable(String what, RuntimeException cause) {
    return new HoldfastException(
        ErrorCode.UNSUPPORTED_FORMAT,
        what
            + " is not in a form that this version reads ("
            + cause.getMessage()
            + "): restore with the version that made the snapshot, or a newer one",
        cause);
  }

  @Override
  String origin() {
    return "restored from a snapshot";
  }
}
