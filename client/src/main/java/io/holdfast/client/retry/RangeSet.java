package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The ranges of a table, or a job's home range, as one worker deals with them. */
public final class RangeSet {
  private final WorkerLinks worker;
  private volatile List<RangeLink> links;
  private boolean asking;
  private boolean due;
  private long dueNanos;

  RangeSet(WorkerLinks worker, List<Route> routes) {
    this.worker = worker;
    if (routes.isEmpty()) {
      throw new HoldfastException(ErrorCode.NOT_READY, "the table has no ranges yet; try again");
    }
    this.links = sorted(routes.stream().map(route -> new RangeLink(worker, this, route)).toList());
  }

  /** In order of their keys, now. Any thread. */
  public List<RangeLink> links() {
    return links;
  }

  /** Whether the worker has joined all of them. */
  public boolean isJoined() {
    return links.stream().allMatch(RangeLink::isJoined);
  }

  /** Has the map asked after that time, or earlier where that is to be done anyway. */
  public void ask(long delayNanos) {
    long wanted = worker.host().nanoTime() + delayNanos;
    if (asking || (due && dueNanos - wanted <= 0)) {
      return;
    }
    if (delayNanos <= 0) {
      fetch();
      return;
    }
    due = true;
    dueNanos = wanted;
    worker
        .host()
        .later(
            delayNanos,
            () -> {
              if (due && dueNanos == wanted) {
                fetch();
              }
            });
  }

  /** The answer to {@link LinkHost#fetch}. */
  public void fetched(List<Route> routes) {
    asking = false;
    apply(routes);
    links.forEach(RangeLink::resumeAfterMap);
  }

  /** No node answered {@link LinkHost#fetch}: what waits tries where it was before. */
  public void notFetched() {
    asking = false;
    links.forEach(RangeLink::resumeAfterMap);
  }

  /** What the map says, asked for by anybody at any time. What is older than known is ignored. */
  public void apply(List<Route> routes) {
    var now = new ArrayList<RangeLink>();
    for (RangeLink link : links) {
      List<Route> heirs = heirs(link.route(), routes);
      if (heirs.isEmpty()) {
        now.add(link);
        for (Route route : routes) {
          if (route.range() == link.route().range()) {
            link.reroute(route);
          }
        }
      } else {
        now.addAll(link.split(heirs));
      }
    }
    links = sorted(now);
  }

  private void fetch() {
    due = false;
    asking = true;
    worker.host().fetch(this);
  }

  // Ids only grow: smaller ranges with higher ids came of this one, if they fill its place.
  private static List<Route> heirs(Route route, List<Route> routes) {
    var inside = new ArrayList<Route>();
    for (Route other : routes) {
      if (other.range() == route.range()) {
        return List.of();
      }
      long start = other.keys().start();
      if (route.keys().contains(start) && other.range() > route.range()) {
        inside.add(other);
      }
    }
    inside.sort(Comparator.comparing(part -> part.keys().start(), Long::compareUnsigned));
    long reached = route.keys().start();
    for (Route part : inside) {
      if (part.keys().start() != reached) {
        return List.of();
      }
      reached = part.keys().end();
    }
    return !inside.isEmpty() && reached == route.keys().end() ? inside : List.of();
  }

  private static List<RangeLink> sorted(List<RangeLink> links) {
    return links.stream()
        .sorted(
            Comparator.comparing(
                (RangeLink link) -> link.route().keys().start(), Long::compareUnsigned))
        .toList();
  }
}
