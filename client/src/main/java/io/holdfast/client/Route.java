package io.holdfast.client;

import io.holdfast.model.KeyRange;
import io.holdfast.v1.Range;
import io.holdfast.wire.Definitions;

/**
 * Where a range is served.
 *
 * @param range its id
 * @param keys placed keys
 * @param epoch of its chain (P1)
 * @param address host:port of the chain's head
 */
record Route(int range, KeyRange keys, int epoch, String address) {
  static Route of(Range range) {
    return new Route(
        range.getId(), Definitions.fromProto(range), range.getEpoch(), range.getAddress());
  }
}
