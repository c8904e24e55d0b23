package io.holdfast.tools.snapshot;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What changed from one snapshot to another.
 *
 * @param shared objects that both need
 * @param removed that only the first needs
 * @param added that only the second needs
 * @param moved ranges that are not at the same LSN in both, by id
 * @param unmoved how many ranges are
 */
public record SnapshotDiff(
    Share shared, Share removed, Share added, List<Move> moved, int unmoved) {
  /** So many objects, and the bytes that they have. */
  public record Share(int objects, long bytes) {
    static Share of(Set<StoredObject> objects) {
      return new Share(objects.size(), objects.stream().mapToLong(StoredObject::bytes).sum());
    }
  }

  /**
   * A range that is not at the same LSN in both.
   *
   * @param table empty: the job's home range
   * @param fromLsn null: the first does not have it
   * @param toLsn null: the second does not have it
   */
  public record Move(
      int range, String job, String table, @Nullable Long fromLsn, @Nullable Long toLsn) {}

  public SnapshotDiff {
    moved = List.copyOf(moved);
  }

  public static SnapshotDiff of(Manifest from, Manifest to) {
    Set<StoredObject> first = from.objects().keySet();
    Set<StoredObject> second = to.objects().keySet();
    Map<Integer, SnapshotRange> before = byId(from);
    Map<Integer, SnapshotRange> after = byId(to);
    var ids = new TreeSet<>(before.keySet());
    ids.addAll(after.keySet());
    List<Move> moved = new ArrayList<>();
    for (int id : ids) {
      Move move = move(before.get(id), after.get(id));
      if (move != null) {
        moved.add(move);
      }
    }
    return new SnapshotDiff(
        Share.of(both(first, second)),
        Share.of(without(first, second)),
        Share.of(without(second, first)),
        moved,
        ids.size() - moved.size());
  }

  private static Map<Integer, SnapshotRange> byId(Manifest manifest) {
    Map<Integer, SnapshotRange> ranges = new TreeMap<>();
    manifest.ranges().forEach(range -> ranges.put(range.id(), range));
    return ranges;
  }

  /** Null where it is at one LSN in both. */
  private static @Nullable Move move(@Nullable SnapshotRange from, @Nullable SnapshotRange to) {
    SnapshotRange any = to == null ? from : to;
    if (any == null || (from != null && to != null && from.lsn() == to.lsn())) {
      return null;
    }
    return new Move(
        any.id(),
        any.job(),
        any.table(),
        from == null ? null : from.lsn(),
        to == null ? null : to.lsn());
  }

  private static Set<StoredObject> both(Set<StoredObject> a, Set<StoredObject> b) {
    var both = new HashSet<>(a);
    both.retainAll(b);
    return both;
  }

  private static Set<StoredObject> without(Set<StoredObject> a, Set<StoredObject> b) {
    var rest = new HashSet<>(a);
    rest.removeAll(b);
    return rest;
  }
}
