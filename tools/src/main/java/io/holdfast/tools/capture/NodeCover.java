package io.holdfast.tools.capture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Which node is asked for which range: as few nodes as cover all. */
final class NodeCover {
  private NodeCover() {}

  /**
   * The node that has most of what is left, again and again; of equals the one that was used
   * before, then the first by address.
   *
   * @param preferred nodes that have stored something for this snapshot already
   * @param avoided nodes that are not to be asked
   * @return by address; a range that no other node has is in none
   */
  static Map<String, List<WantedRange>> choose(
      Collection<WantedRange> wanted, Set<String> preferred, Set<String> avoided) {
    var left = new ArrayList<>(wanted);
    var chosen = new TreeMap<String, List<WantedRange>>();
    while (!left.isEmpty()) {
      var counts = new HashMap<String, Integer>();
      for (var range : left) {
        for (var address : Set.copyOf(range.addresses())) {
          if (!avoided.contains(address)) {
            counts.merge(address, 1, Integer::sum);
          }
        }
      }
      var best =
          counts.entrySet().stream()
              .min(
                  Comparator.comparingInt((Map.Entry<String, Integer> node) -> -node.getValue())
                      .thenComparing(node -> !preferred.contains(node.getKey()))
                      .thenComparing(Map.Entry::getKey))
              .map(Map.Entry::getKey);
      if (best.isEmpty()) {
        break;
      }
      var its = left.stream().filter(r -> r.addresses().contains(best.get())).toList();
      chosen.put(best.get(), its);
      left.removeAll(its);
    }
    return chosen;
  }
}
