package io.holdfast.filter;

import io.holdfast.model.KeyHash;
import io.holdfast.model.Placement;

/** The keys of a push or a pull in their placed order; a view of the library's own arrays. */
public interface PlacedKeys {
  int count();

  /** The place of the key with this index: ascending as unsigned numbers. */
  long placed(int index);

  Placement placement();

  /** The caller's key. */
  default long key(int index) {
    return placement() == Placement.HASHED ? KeyHash.unplace(placed(index)) : placed(index);
  }
}
