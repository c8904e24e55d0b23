package io.holdfast.client;

import io.holdfast.client.retry.Route;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.wire.Definitions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Asks the cluster where the ranges of a table, or a job's home range, are.
 *
 * @param name the same for the same ranges
 * @param look asks; blocks
 */
record RouteSource(String name, Supplier<List<Route>> look) {
  /** As the map says, without a member whose address it does not know. */
  static Route route(Range range) {
    var readers = new ArrayList<String>();
    for (Member member : range.getMembersList()) {
      if (member.getRole() == Member.Role.SERVING && !member.getAddress().isEmpty()) {
        readers.add(member.getAddress());
      }
    }
    if (readers.isEmpty() && !range.getAddress().isEmpty()) {
      readers.add(range.getAddress());
    }
    return new Route(
        range.getId(),
        Definitions.fromProto(range),
        range.getEpoch(),
        range.getAddress(),
        readers,
        range.getAncestorsList());
  }

  List<Route> fetch() {
    return look.get();
  }
}
