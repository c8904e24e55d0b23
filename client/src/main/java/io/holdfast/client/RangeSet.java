package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The ranges of a table, or a job's home range, as one session deals with them. */
final class RangeSet {
  /** Asks the cluster where ranges are; blocks. */
  interface Source {
    List<Route> fetch();
  }

  private final Source source;
  private final List<RangeLink> links;

  /**
   * Whether the session has joined all of them; belongs to the thread that joins, under its lock.
   */
  private volatile boolean joined;

  RangeSet(Session session, Source source, List<Route> routes) {
    this.source = source;
    var sorted = new ArrayList<>(routes);
    sorted.sort(Comparator.comparing(route -> route.keys().start(), Long::compareUnsigned));
    this.links = sorted.stream().map(route -> new RangeLink(session, this, route)).toList();
    if (links.isEmpty()) {
      throw new HoldfastException(ErrorCode.NOT_READY, "the table has no ranges yet; try again");
    }
  }

  Source source() {
    return source;
  }

  /** In order of their keys. */
  List<RangeLink> links() {
    return links;
  }

  boolean isJoined() {
    return joined;
  }

  void markJoined() {
    joined = true;
  }

  /** Under the session's lock. False where one of the ranges is not there any more. */
  boolean reroute(List<Route> routes) {
    int found = 0;
    for (RangeLink link : links) {
      for (Route route : routes) {
        if (route.range() == link.route().range()) {
          link.reroute(route);
          found++;
        }
      }
    }
    return found == links.size();
  }
}
