package io.holdfast.client;

import io.holdfast.client.retry.RangeCall;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Calls that wait to be sent to a node, in order. Heartbeats go first: behind megabytes of pushes a
 * worker that lives would count as lost.
 */
final class CallQueue {
  private final Set<RangeCall> heartbeats = new LinkedHashSet<>();
  private final Set<RangeCall> others = new LinkedHashSet<>();

  void add(RangeCall call) {
    setOf(call).add(call);
  }

  void remove(RangeCall call) {
    setOf(call).remove(call);
  }

  boolean isEmpty() {
    return heartbeats.isEmpty() && others.isEmpty();
  }

  /** The next one, which stays; there must be one. */
  RangeCall first() {
    return (heartbeats.isEmpty() ? others : heartbeats).iterator().next();
  }

  /** All, which are here no more. */
  List<RangeCall> takeAll() {
    var all = new ArrayList<>(heartbeats);
    all.addAll(others);
    heartbeats.clear();
    others.clear();
    return all;
  }

  private Set<RangeCall> setOf(RangeCall call) {
    return call instanceof RangeCall.Heartbeat ? heartbeats : others;
  }
}
