package io.holdfast.client.retry;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls to one range that have no answer, in the order of submission. */
final class Unanswered implements Iterable<RangeCall> {
  private final LinkedHashSet<RangeCall> calls = new LinkedHashSet<>();
  private final PushesByClock pushes;
  private int sequenced;

  Unanswered(PushesByClock pushes) {
    this.pushes = pushes;
  }

  @Override
  public Iterator<RangeCall> iterator() {
    return calls.iterator();
  }

  List<RangeCall> copy() {
    return List.copyOf(calls);
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  boolean contains(RangeCall call) {
    return calls.contains(call);
  }

  boolean hasSequenced() {
    return sequenced > 0;
  }

  void add(RangeCall call) {
    if (calls.add(call)) {
      sequenced += call.isSequenced() ? 1 : 0;
      pushes.add(call);
    }
  }

  void remove(RangeCall call) {
    if (calls.remove(call)) {
      sequenced -= call.isSequenced() ? 1 : 0;
      pushes.remove(call);
    }
  }

  /** Puts a sequenced call into the place of another. */
  void replace(RangeCall.Sequenced call, RangeCall.Sequenced by) {
    pushes.add(by);
    pushes.remove(call);
    var before = new ArrayList<>(calls);
    calls.clear();
    for (RangeCall each : before) {
      calls.add(each.equals(call) ? by : each);
    }
  }

  @Nullable RangeCall firstSequenced() {
    for (RangeCall call : calls) {
      if (call.isSequenced()) {
        return call;
      }
    }
    return null;
  }
}
