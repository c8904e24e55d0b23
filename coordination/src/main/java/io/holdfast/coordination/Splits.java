package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.v1.Split;
import io.holdfast.v1.Table;
import java.util.List;

/**
 * How a range becomes two (rule P24), as pure functions from state to state: it is asked for, each
 * serving member says that it has both halves, and once all have, the halves take its place. All
 * may be repeated.
 */
public final class Splits {
  private Splits() {}

  /**
   * Records that a range is to be split. Its halves have ids from now on, and no chain.
   *
   * @param key first key of the right half, unsigned; 0: in the middle, or where it is being split
   *     already
   * @throws HoldfastException UNKNOWN_RANGE; INVALID_ARGUMENT for a home range, or one that moves
   *     or is being split elsewhere; KEY_OUT_OF_RANGE; NOT_READY while its epoch is not activated
   */
  public static CatalogState begin(CatalogState state, int range, long key) {
    var placed = Chains.existing(state, range);
    var whole = placed.range();
    if (placed.table() == null) {
      throw invalid("range " + range + " is the home range of a job, which has no keys to split");
    }
    if (whole.hasSplit() && (key == 0 || key == whole.getSplit().getKey())) {
      return state;
    }
    long at = key == 0 ? middle(whole) : key;
    checkKey(whole, at);
    checkRest(whole);
    int left = state.getLastId() + 1;
    var split = Split.newBuilder().setKey(at).setLeft(left).setRight(left + 1);
    return Chains.replace(state, whole.toBuilder().setSplit(split).build()).toBuilder()
        .setLastId(left + 1)
        .build();
  }

  /**
   * The left half and the right one of a range that was split.
   *
   * @param key where it was, unsigned; 0: wherever
   * @return nothing where it was not, or a half has been split further
   */
  public static List<Range> halves(CatalogState state, int range, long key) {
    if (Chains.range(state, range).isPresent()) {
      return List.of(); // those that name it were restored from it
    }
    return state.getTablesList().stream()
        .map(table -> halves(table, range))
        .filter(halves -> halves.size() == 2 && (key == 0 || halves.getLast().getStart() == key))
        .findFirst()
        .orElse(List.of());
  }

  private static List<Range> halves(Table table, int range) {
    return table.getRangesList().stream()
        .filter(half -> half.getAncestorsCount() > 0)
        .filter(half -> half.getAncestors(half.getAncestorsCount() - 1) == range)
        .toList();
  }

  private static long middle(Range whole) {
    long keys = whole.getEnd() - whole.getStart();
    return whole.getStart() + (keys == 0 ? Long.MIN_VALUE : keys >>> 1);
  }

  private static void checkKey(Range whole, long key) {
    var keys = new KeyRange(whole.getStart(), whole.getEnd());
    if (key == whole.getStart() || !keys.contains(key)) {
      throw new HoldfastException(
          ErrorCode.KEY_OUT_OF_RANGE,
          "key "
              + Long.toUnsignedString(key)
              + " does not lie within "
              + keys
              + ", after its start: choose another");
    }
  }

  private static void checkRest(Range whole) {
    if (whole.hasSplit()) {
      throw invalid(
          "range "
              + whole.getId()
              + " is being split at key "
              + Long.toUnsignedString(whole.getSplit().getKey())
              + " already: wait until 'range list' shows its halves, and split those");
    }
    if (whole.getMovingTo() != 0) {
      throw invalid(
          "range "
              + whole.getId()
              + " is moving from node "
              + whole.getMovingFrom()
              + " to "
              + whole.getMovingTo()
              + ": wait until 'status' shows that it is done");
    }
    if (!Chains.isActivated(whole)) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "the chain of range " + whole.getId() + " is changing: try again when it serves");
    }
  }

  /** A serving member of that epoch has both halves durably. */
  public static CatalogState cut(CatalogState state, int range, int epoch, int left, int node) {
    var placed = Chains.range(state, range);
    if (placed.isEmpty()) {
      return state;
    }
    var whole = placed.get().range();
    boolean counts =
        whole.getEpoch() == epoch
            && whole.hasSplit()
            && whole.getSplit().getLeft() == left
            && !whole.getSplit().getCutNodesList().contains(node)
            && Chains.serving(whole).stream().anyMatch(member -> member.getNode() == node);
    if (!counts) {
      return state;
    }
    var next = whole.toBuilder();
    next.getSplitBuilder().addCutNodes(node);
    return Chains.replace(state, next.build());
  }

  /**
   * Of the nodes that have the halves those count on that serve as before, in the same life: others
   * may have lost what they had, and say so anew once they serve.
   */
  static Range keepCut(Range before, Range after) {
    if (!after.hasSplit() || after.getSplit().getCutNodesCount() == 0) {
      return after;
    }
    var stay = Chains.serving(before);
    var kept =
        Chains.serving(after).stream()
            .filter(stay::contains)
            .map(Member::getNode)
            .filter(after.getSplit().getCutNodesList()::contains)
            .toList();
    var next = after.toBuilder();
    next.getSplitBuilder().clearCutNodes().addAllCutNodes(kept);
    return next.build();
  }

  /**
   * The halves take the place of each range whose serving members all have them; the same state
   * where there is none. Those members have every acknowledged push, since nothing is taken after
   * the seal that they have applied. So they are the halves' authorities (P22), and the halves
   * activate an epoch of their own.
   */
  static CatalogState flip(CatalogState state) {
    CatalogState.Builder flipped = null;
    for (int t = 0; t < state.getTablesCount(); t++) {
      var table = state.getTables(t);
      var ready = table.getRangesList().stream().filter(Splits::isCut).toList();
      if (!ready.isEmpty()) {
        flipped = flipped == null ? state.toBuilder() : flipped;
        flipped.setTables(t, flip(table, ready));
        for (var whole : ready) {
          flipped.addDroppedRanges(whole.getId());
        }
      }
    }
    return flipped == null ? state : flipped.build();
  }

  private static boolean isCut(Range range) {
    var serving = Chains.serving(range);
    return range.hasSplit()
        && !serving.isEmpty()
        && serving.stream()
            .allMatch(member -> range.getSplit().getCutNodesList().contains(member.getNode()));
  }

  private static Table flip(Table table, List<Range> ready) {
    var next = table.toBuilder().clearRanges();
    for (var range : table.getRangesList()) {
      if (ready.contains(range)) {
        var split = range.getSplit();
        next.addRanges(half(range, split.getLeft()).setEnd(split.getKey()));
        next.addRanges(half(range, split.getRight()).setStart(split.getKey()));
      } else {
        next.addRanges(range);
      }
    }
    return next.build();
  }

  private static Range.Builder half(Range whole, int id) {
    var half =
        whole.toBuilder()
            .setId(id)
            .setEpoch(whole.getEpoch() + 1)
            .clearMembers()
            .clearActivatedNodes()
            .clearSplit()
            .addAncestors(whole.getId());
    for (var member : whole.getMembersList()) {
      if (member.getRole() == Member.Role.SERVING) {
        half.addMembers(member).addActivatedNodes(member.getNode());
      } else {
        half.addMembers(member.toBuilder().setRole(Member.Role.WAITING));
      }
    }
    return half;
  }

  private static HoldfastException invalid(String message) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
