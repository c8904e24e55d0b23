package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.ChainConfig;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.shard.RangeAssignment;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.wire.Definitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Reads out of a catalogue what a shard has to know. Pure. */
final class Assignments {
  /** A home range has no rows; this stands in where a table is asked for. */
  private static final TableSpec HOME = TableSpec.sparse().build();

  private Assignments() {}

  /** All ranges that one of {@code shardCount} shards owns, on whichever node. */
  static List<RangeAssignment> of(CatalogState state, int shard, int shardCount) {
    Map<Integer, TableSpec> specs = new HashMap<>();
    var all = new ArrayList<RangeAssignment>();
    for (var placed : Chains.all(state)) {
      var range = placed.range();
      if (RangeDirectory.index(range.getId(), shardCount) != shard) {
        continue;
      }
      var table = placed.table();
      all.add(
          new RangeAssignment(
              range.getId(),
              table == null ? KeyRange.ALL : Definitions.fromProto(range),
              table == null
                  ? HOME
                  : specs.computeIfAbsent(
                      table.getId(), id -> Definitions.fromProto(table.getDefinition())),
              table == null,
              config(range, placed.minInSync()),
              Chains.serving(range).size() >= placed.replicas(),
              new HashSet<>(range.getActivatedNodesList())));
    }
    return all;
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
