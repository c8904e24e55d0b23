package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Node;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads chains out of the catalogue. Pure. */
public final class Chains {
  private Chains() {}

  /**
   * A range and what it belongs to.
   *
   * @param table null for the home range of a job
   * @param replicas nodes that its chain should have, at least 1
   */
  public record Placed(Range range, @Nullable Table table, int replicas) {
    /** Pushes are refused while fewer members serve (rule P7). */
    public int minInSync() {
      return table == null
          ? Chains.minInSync(replicas, 0)
          : Chains.minInSync(replicas, table.getDefinition().getMinInSync());
    }
  }

  /** All ranges: the home ranges of the jobs, then those of the tables. */
  public static List<Placed> all(CatalogState state) {
    var all = new ArrayList<Placed>();
    int home = homeReplicas(state);
    for (var job : state.getJobsList()) {
      all.add(new Placed(job.getHome(), null, home));
    }
    for (var table : state.getTablesList()) {
      int replicas = replicas(table.getDefinition());
      for (var range : table.getRangesList()) {
        all.add(new Placed(range, table, replicas));
      }
    }
    return all;
  }

  public static Optional<Placed> range(CatalogState state, int id) {
    for (var job : state.getJobsList()) {
      if (job.getHome().getId() == id) {
        return Optional.of(new Placed(job.getHome(), null, homeReplicas(state)));
      }
    }
    for (var table : state.getTablesList()) {
      for (var range : table.getRangesList()) {
        if (range.getId() == id) {
          return Optional.of(new Placed(range, table, replicas(table.getDefinition())));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * @throws HoldfastException UNKNOWN_RANGE
   */
  public static Placed existing(CatalogState state, int id) {
    return range(state, id)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.UNKNOWN_RANGE,
                    "there is no range " + id + ": it was dropped or split; ask for the map"));
  }

  public static Optional<Node> node(CatalogState state, int id) {
    return state.getNodesList().stream().filter(node -> node.getId() == id).findFirst();
  }

  public static Optional<Node> node(CatalogState state, String storeId) {
    return state.getNodesList().stream()
        .filter(node -> node.getStoreId().equals(storeId))
        .findFirst();
  }

  /** The serving members, head first. */
  public static List<Member> serving(Range range) {
    return range.getMembersList().stream()
        .filter(member -> member.getRole() == Member.Role.SERVING)
        .toList();
  }

  public static boolean isActivated(Range range) {
    return range.getEpoch() != 0 && range.getActivatedEpoch() == range.getEpoch();
  }

  /** Nodes in the chain of a job's home range; at least 1. */
  public static int homeReplicas(CatalogState state) {
    return Math.max(1, state.getHomeReplicas());
  }

  private static int replicas(TableDefinition definition) {
    return Math.max(1, definition.getReplicas());
  }

  /** What a table says, or all but one of its replicas, at the least 1 (rule P7). */
  public static int minInSync(int replicas, int asked) {
    return asked > 0 ? asked : Math.max(1, replicas - 1);
  }

  /**
   * Replaces each range by what {@code change} makes of it; the equal state where that is all the
   * same.
   */
  static CatalogState map(CatalogState state, UnaryOperator<Range> change) {
    CatalogState.@Nullable Builder changed = null;
    for (int j = 0; j < state.getJobsCount(); j++) {
      var home = state.getJobs(j).getHome();
      var next = change.apply(home);
      if (!next.equals(home)) {
        changed = changed == null ? state.toBuilder() : changed;
        changed.getJobsBuilder(j).setHome(next);
      }
    }
    for (int t = 0; t < state.getTablesCount(); t++) {
      var table = state.getTables(t);
      Table.@Nullable Builder changedTable = null;
      for (int r = 0; r < table.getRangesCount(); r++) {
        var range = table.getRanges(r);
        var next = change.apply(range);
        if (!next.equals(range)) {
          changedTable = changedTable == null ? table.toBuilder() : changedTable;
          changedTable.setRanges(r, next);
        }
      }
      if (changedTable != null) {
        changed = changed == null ? state.toBuilder() : changed;
        changed.setTables(t, changedTable);
      }
    }
    return changed == null ? state : changed.build();
  }

  /** Replaces one range. */
  static CatalogState replace(CatalogState state, Range next) {
    return map(state, range -> range.getId() == next.getId() ? next : range);
  }
}
