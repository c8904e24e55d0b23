package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.List;

/** The ranges of a table, or a job's home range, as one worker deals with them. */
public final class RangeSet {
  private final WorkerLinks worker;
  private volatile List<RangeUnit> units;
  private boolean asking;
  private boolean due;
  private long dueNanos;

  RangeSet(WorkerLinks worker, List<Route> routes) {
    this.worker = worker;
    if (routes.isEmpty()) {
      throw new HoldfastException(ErrorCode.NOT_READY, "the table has no ranges yet; try again");
    }
    this.units =
        RangeUnit.of(
            worker,
            Route.inOrder(routes).stream()
                .map(route -> new RangeLink(worker, this, route))
                .toList());
  }

  /** What pushes are cut and numbered for, in order of their keys, now. Any thread. */
  public List<RangeUnit> units() {
    return units;
  }

  /** The ranges in order of their keys, now. Any thread. */
  public List<RangeLink> links() {
    return units.stream().flatMap(unit -> unit.links().stream()).toList();
  }

  /** Whether the worker has joined all of them. */
  public boolean isJoined() {
    return units.stream().allMatch(RangeUnit::isJoined);
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
    links().forEach(RangeLink::resumeAfterMap);
  }

  /** No node answered {@link LinkHost#fetch}: what waits tries where it was before. */
  public void notFetched() {
    asking = false;
    links().forEach(RangeLink::resumeAfterMap);
  }

  /** What the map says, asked for by anybody at any time. What is older than known is ignored. */
  public void apply(List<Route> routes) {
    units = units.stream().flatMap(unit -> unit.apply(routes).stream()).toList();
  }

  /** The clock's state is being saved. */
  void endUnits(int savedClock) {
    units = units.stream().flatMap(unit -> unit.endWith(savedClock).stream()).toList();
  }

  private void fetch() {
    due = false;
    asking = true;
    worker.host().fetch(this);
  }
}
