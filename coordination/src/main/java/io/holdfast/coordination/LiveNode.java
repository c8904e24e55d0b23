package io.holdfast.coordination;

import io.holdfast.v1.MemberInfo;
import io.holdfast.v1.RangeEnd;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A node whose session lives.
 *
 * @param incarnation which of its lives
 * @param ends log ends by range, of all ranges that its store had when it registered
 */
public record LiveNode(int node, int incarnation, Map<Integer, LogEnd> ends) {
  public LiveNode {
    ends = Map.copyOf(ends);
  }

  static LiveNode read(MemberInfo info) {
    var ends = new HashMap<Integer, LogEnd>();
    for (var end : info.getEndsList()) {
      ends.put(
          end.getRange(),
          end.getUnusable() ? LogEnd.UNUSABLE : new LogEnd(end.getRecordEpoch(), end.getLastLsn()));
    }
    return new LiveNode(info.getNode(), info.getIncarnation(), ends);
  }

  MemberInfo write(String address) {
    var info =
        MemberInfo.newBuilder().setNode(node).setIncarnation(incarnation).setAddress(address);
    new TreeMap<>(ends)
        .forEach(
            (range, end) ->
                info.addEnds(
                    RangeEnd.newBuilder()
                        .setRange(range)
                        .setRecordEpoch(end.recordEpoch())
                        .setLastLsn(Math.max(0, end.lastLsn()))
                        .setUnusable(!end.isUsable())));
    return info.build();
  }
}
