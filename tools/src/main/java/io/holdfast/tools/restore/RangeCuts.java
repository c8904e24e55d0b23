package io.holdfast.tools.restore;

import io.holdfast.coordination.RangePlan;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Cuts the keys of a table anew. Pure. */
final class RangeCuts {
  /** A range, and the number of the one before that it begins in. */
  record Cut(KeyRange keys, int source) {}

  private RangeCuts() {}

  /** Each as it was. */
  static List<Cut> same(List<KeyRange> sources) {
    var cuts = new ArrayList<Cut>();
    for (int i = 0; i < sources.size(); i++) {
      cuts.add(new Cut(sources.get(i), i));
    }
    return cuts;
  }

  /**
   * Cuts the largest ones in two until there are so many, or no range has more than one key: each
   * lies within one of the sources.
   */
  static List<Cut> finer(List<KeyRange> sources, int count) {
    var cuts = same(sources);
    while (cuts.size() < count) {
      var largest =
          cuts.stream().max(Comparator.comparing(Cut::keys, RangeCuts::bySize)).orElseThrow();
      var keys = largest.keys();
      if (keys.size() == 1) {
        break;
      }
      long half = keys.size() == 0 ? Long.MIN_VALUE : keys.size() >>> 1;
      long middle = keys.start() + half;
      int at = cuts.indexOf(largest);
      cuts.set(at, new Cut(new KeyRange(keys.start(), middle), largest.source()));
      cuts.add(at + 1, new Cut(new KeyRange(middle, keys.end()), largest.source()));
    }
    return cuts;
  }

  /** Size 0 stands for 2^64. */
  private static int bySize(KeyRange a, KeyRange b) {
    return Long.compareUnsigned(a.size() - 1, b.size() - 1);
  }

  /** As many as the table says, equal ones, whatever the sources were. */
  static List<Cut> equal(List<KeyRange> sources, TableSpec table) {
    var cuts = new ArrayList<Cut>();
    for (var keys : RangePlan.cut(table, sources.size())) {
      int source = 0;
      while (!sources.get(source).contains(keys.start())) {
        source++;
      }
      cuts.add(new Cut(keys, source));
    }
    return cuts;
  }
}
