package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.Seal;
import java.util.List;

/** One of the two ranges that a sealed range is cut into, on its way to the shard that owns it. */
public final class Half {
  private final int whole;
  private final int range;
  private final KeyRange keys;
  private final TableSpec spec;
  private final Seal seal;
  private final List<HeldPush> held;

  /**
   * @param whole the range that is cut; a checkpoint of it as of its seal is in the node's store
   * @param held pushes that are in no row yet, in order of their clock
   */
  Half(int whole, int range, KeyRange keys, TableSpec spec, Seal seal, List<HeldPush> held) {
    this.whole = whole;
    this.range = range;
    this.keys = keys;
    this.spec = spec;
    this.seal = seal;
    this.held = List.copyOf(held);
  }

  int whole() {
    return whole;
  }

  /** Its id. */
  public int range() {
    return range;
  }

  KeyRange keys() {
    return keys;
  }

  TableSpec spec() {
    return spec;
  }

  Seal seal() {
    return seal;
  }

  List<HeldPush> held() {
    return held;
  }
}
