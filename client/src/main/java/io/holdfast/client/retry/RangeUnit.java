package io.holdfast.client.retry;

import io.holdfast.model.KeyRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * What a worker cuts and numbers its pushes for: one range, or all that came of a range that was
 * split. Every seq of the unit is taken in each of its ranges, by a push of nothing where the push
 * has no keys for it.
 *
 * <p><b>Why.</b> A worker that resumes has to give each push the seq that it had (P14), and may
 * learn of splits earlier or later in its work than it did the first time. So seqs must not depend
 * on when that is. A saved state has the seqs of units; the ranges that have come of a unit since
 * are numbered as one.
 *
 * <p><b>A unit ends</b> with a tick whose state is saved: that state names its ranges, and each is
 * a unit of its own from there on. Two things make this exact.
 *
 * <ul>
 *   <li>A push that is numbered in the new way is not sent before the save is acknowledged ({@link
 *       Standing#holdUntilSaved}): no older state can be resumed from once it is out.
 *   <li>A worker that resumes ends no unit before it is past all that was pushed under the unit's
 *       seqs by those before it; until then the tick's state names the unit as before.
 * </ul>
 *
 * <p>Callers outside any group never resume. Their units end with the split.
 */
public final class RangeUnit {
  private final WorkerLinks worker;
  private final int id;
  private final KeyRange keys;
  private volatile List<RangeLink> links;
  private List<RangeUnit> heirs = List.of();

  private RangeUnit(WorkerLinks worker, int id, List<RangeLink> links) {
    this.worker = worker;
    this.id = id;
    this.links = List.copyOf(links);
    this.keys =
        new KeyRange(
            links.get(0).route().keys().start(), links.get(links.size() - 1).route().keys().end());
    links.forEach(link -> link.unit(this));
  }

  /**
   * As the worker numbers them when it begins.
   *
   * @param links in order of their keys
   */
  static List<RangeUnit> of(WorkerLinks worker, List<RangeLink> links) {
    var byUnit = new LinkedHashMap<Integer, List<RangeLink>>();
    for (RangeLink link : links) {
      byUnit.computeIfAbsent(worker.unitOf(link.route()), id -> new ArrayList<>()).add(link);
    }
    var units = new ArrayList<RangeUnit>();
    byUnit.forEach((id, ranges) -> units.add(new RangeUnit(worker, id, ranges)));
    return units;
  }

  /** Of the range that it was, or is. */
  int id() {
    return id;
  }

  /** Placed keys. */
  public KeyRange keys() {
    return keys;
  }

  /** The ranges in order of their keys, now. */
  List<RangeLink> links() {
    return links;
  }

  boolean isJoined() {
    return links.stream().allMatch(RangeLink::isJoined);
  }

  /** The same in all of its ranges. */
  long lastSeq() {
    return links.get(0).lastSeq();
  }

  /**
   * Takes a call for sending.
   *
   * @throws io.holdfast.model.HoldfastException where one of its ranges is of no use any more; the
   *     call is not taken
   */
  void submit(RangeCall call) {
    if (!heirs.isEmpty()) {
      submitToHeirs(call);
      return;
    }
    if (call instanceof RangeCall.Sequenced sequenced) {
      links.forEach(link -> link.standing().checkTakesPushes(link.route()));
      sequenced.numbered(worker, lastSeq() + 1);
    }
    if (links.size() == 1) {
      links.get(0).submit(call);
      return;
    }
    for (RangeLink link : links) {
      KeyRange range = link.route().keys();
      RangeCall part = call.isSequenced() ? call.carried(range) : call.part(range);
      if (part != null) {
        link.submit(part);
      }
    }
    call.end();
  }

  // Cut for the unit as it was.
  private void submitToHeirs(RangeCall call) {
    for (RangeUnit heir : heirs) {
      RangeCall part = call.part(heir.keys);
      if (part != null) {
        worker.submit(heir, part);
      }
    }
    call.end();
  }

  /** What the map says; gives the units that have taken its place, or itself. */
  List<RangeUnit> apply(List<Route> routes) {
    boolean wasJoined = links.stream().anyMatch(RangeLink::isJoined);
    var now = new ArrayList<RangeLink>();
    for (RangeLink link : links) {
      now.addAll(link.apply(routes));
    }
    if (now.equals(links)) {
      return List.of(this);
    }
    links = List.copyOf(now);
    links.forEach(link -> link.unit(this));
    if (wasJoined && !worker.isAnonymous()) {
      return List.of(this);
    }
    heirs = of(worker, links);
    return heirs;
  }

  /**
   * The clock's state is being saved, behind all that was submitted: each range is a unit of its
   * own, if that can be.
   */
  List<RangeUnit> endWith(int savedClock) {
    if (links.size() == 1
        || !isJoined()
        || links.stream().anyMatch(link -> link.standing().mayHaveMore())) {
      return List.of(this);
    }
    heirs =
        links.stream()
            .map(link -> new RangeUnit(worker, link.route().range(), List.of(link)))
            .toList();
    links.forEach(link -> link.standing().holdUntilSaved(savedClock));
    return heirs;
  }
}
