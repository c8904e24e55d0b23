package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.ChainConfig;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.shard.RangeAssignment;
import io.holdfast.replication.shard.WantedSplit;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.PendingRestore;
import io.holdfast.v1.Range;
import io.holdfast.v1.Split;
import io.holdfast.wire.Definitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads out of a catalogue what a shard has to know. Pure. */
final class Assignments {
  /** A home range has no rows; this stands in where a table is asked for. */
  static final TableSpec HOME = TableSpec.sparse().build();

  private Assignments() {}

  /**
   * All ranges that one of {@code shardCount} shards owns, on whichever node, the halves of ranges
   * that are being split, and ranges that are being restored.
   */
  static List<RangeAssignment> of(CatalogState state, int shard, int shardCount) {
    Map<Integer, TableSpec> specs = new HashMap<>();
    var all = new ArrayList<RangeAssignment>();
    for (var placed : Chains.all(state)) {
      var table = placed.table();
      var spec =
          table == null
              ? HOME
              : specs.computeIfAbsent(
                  table.getId(), id -> Definitions.fromProto(table.getDefinition()));
      all.add(assignment(placed, spec));
      if (placed.range().hasSplit()) {
        addHalves(all, placed.range(), spec);
      }
    }
    state.getRestoresList().forEach(restore -> addRestored(all, restore));
    all.removeIf(range -> RangeDirectory.index(range.range(), shardCount) != shard);
    return all;
  }

  private static RangeAssignment assignment(Chains.Placed placed, TableSpec spec) {
    var range = placed.range();
    var table = placed.table();
    boolean home = table == null;
    return new RangeAssignment(
        range.getId(),
        home ? KeyRange.ALL : Definitions.fromProto(range),
        spec,
        table == null ? 0 : table.getConsistencyVersion(),
        home,
        config(range, placed.minInSync()),
        Chains.serving(range).size() >= placed.replicas(),
        new HashSet<>(range.getActivatedNodesList()),
        range.hasSplit() ? wanted(range.getSplit()) : null);
  }

  private static void addHalves(List<RangeAssignment> all, Range range, TableSpec spec) {
    var split = range.getSplit();
    var left = new KeyRange(range.getStart(), split.getKey());
    var right = new KeyRange(split.getKey(), range.getEnd());
    all.add(RangeAssignment.unplaced(split.getLeft(), left, spec, false));
    all.add(RangeAssignment.unplaced(split.getRight(), right, spec, false));
  }

  private static void addRestored(List<RangeAssignment> all, PendingRestore restore) {
    for (var job : restore.getJobsList()) {
      if (job.getHome().getMembersCount() > 0) {
        all.add(RangeAssignment.unplaced(job.getHome().getId(), KeyRange.ALL, HOME, true));
      }
    }
    for (var table : restore.getTablesList()) {
      var spec = Definitions.fromProto(table.getDefinition());
      for (var range : table.getRangesList()) {
        if (range.getMembersCount() > 0) {
          var keys = Definitions.fromProto(range);
          all.add(RangeAssignment.unplaced(range.getId(), keys, spec, false));
        }
      }
    }
  }

  private static WantedSplit wanted(Split split) {
    return new WantedSplit(
        split.getKey(), split.getLeft(), split.getRight(), new HashSet<>(split.getCutNodesList()));
  }

  /** Ranges that are no more as they were split. */
  static Set<Integer> split(CatalogState state) {
    var split = new HashSet<Integer>();
    for (var table : state.getTablesList()) {
      table.getRangesList().forEach(range -> split.addAll(range.getAncestorsList()));
    }
    return split;
  }

  private static ChainConfig config(Range range, int minInSync) {
    var members = range.getMembersList().stream().map(Assignments::member).toList();
    return new ChainConfig(range.getEpoch(), members, range.getActivatedEpoch(), minInSync);
  }

  private static ChainMember member(Member member) {
    var role =
        switch (member.getRole()) {
          case SERVING -> ChainMember.Role.SERVING;
          case SYNCING -> ChainMember.Role.SYNCING;
          case WAITING, UNRECOGNIZED -> ChainMember.Role.WAITING;
        };
    return new ChainMember(member.getNode(), member.getIncarnation(), role);
  }
}
