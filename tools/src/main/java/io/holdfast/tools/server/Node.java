package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.coordination.RangePlan;
import io.holdfast.coordination.Tables;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import io.holdfast.model.Placement;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.StateTensor;
import io.holdfast.replication.shard.Shard;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rule.RuleBook;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Consistency;
import io.holdfast.v1.EvaluateReply;
import io.holdfast.v1.Job;
import io.holdfast.v1.Range;
import io.holdfast.v1.Rule;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a node does beside the data path: jobs, tables, functions, status. Calls block. */
final class Node {
  private static final long ANSWER_SECONDS = 60;

  private final Authority authority;
  private final RuleBook rules;
  private final RangeDirectory directory;
  private final NodeStatus status;
  private final Supplier<String> address;

  /**
   * @param address what clients are told to connect to
   */
  Node(
      Authority authority,
      RuleBook rules,
      RangeDirectory directory,
      NodeStatus status,
      Supplier<String> address) {
    this.authority = authority;
    this.rules = rules;
    this.directory = directory;
    this.status = status;
    this.address = address;
  }

  Shard shardOf(int range) {
    return directory.shardOf(range);
  }

  /**
   * Sees to it that this node knows of all changes of chains before now: one that was cut off may
   * have been left out of a chain, and have old rows. Blocks.
   *
   * @throws HoldfastException NOT_READY, UNAVAILABLE where it does not reach ZooKeeper
   */
  void catchUp() {
    if (!authority.isLeased()) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "this node has not reached ZooKeeper for a while, so it cannot know whether its rows are"
              + " up to date: ask another one, or see that ZooKeeper runs");
    }
    var unused = authority.refresh();
  }

  Authority authority() {
    return authority;
  }

  Job openJob(String name) {
    var known = Tables.job(authority.state(), name);
    var state =
        known.isPresent() ? authority.state() : authority.change(s -> Tables.openJob(s, name));
    return here(Tables.job(state, name).orElseThrow());
  }

  /** The job that had this id when it was opened. */
  Job sameJob(String name, int id) {
    var known = Tables.job(authority.state(), name).filter(job -> job.getId() == id);
    if (known.isEmpty()) {
      known = Tables.job(authority.refresh(), name).filter(job -> job.getId() == id);
    }
    return here(
        known.orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.UNKNOWN_JOB,
                    "job '" + name + "' was dropped: open it again to begin anew")));
  }

  void dropJob(String name) {
    if (Tables.job(authority.refresh(), name).isPresent()) {
      authority.change(s -> Tables.dropJob(s, name));
    }
  }

  /** With the addresses that nodes have now. */
  Job here(Job job) {
    return job.toBuilder().setHome(here(authority.state(), job.getHome())).build();
  }

  Table createTable(String job, String name, TableDefinition definition) {
    var spec = valid(definition);
    rules.rule(spec);
    if (spec.replicas() > authority.mostReplicas()) {
      throw new HoldfastException(
          ErrorCode.INVALID_DEFINITION,
          "a server without a cluster keeps one replica, not "
              + spec.replicas()
              + ": ask for 1, or run the servers with --zookeeper");
    }
    int nodes = (int) authority.state().getNodesList().stream().filter(n -> !n.getDead()).count();
    var cut = RangePlan.cut(spec, Math.max(1, nodes) * directory.shards().size());
    var wanted = Definitions.toProto(spec);
    var state =
        authority.change(
            s -> Tables.createTable(s, job, name, wanted, cut, authority.defaultReplicas()));
    return here(state, Tables.existing(state, job, name));
  }

  private static TableSpec valid(TableDefinition definition) {
    try {
      return Definitions.fromProto(definition);
    } catch (IllegalArgumentException e) {
      throw new HoldfastException(ErrorCode.INVALID_DEFINITION, String.valueOf(e.getMessage()), e);
    }
  }

  Table table(TableName name) {
    var state = knowing(name);
    return here(state, Tables.existing(state, name.getJob(), name.getTable()));
  }

  /**
   * The catalogue; read anew where it does not know the table, which another node may have made.
   */
  private CatalogState knowing(TableName name) {
    var state = authority.state();
    return Tables.table(state, name.getJob(), name.getTable()).isPresent()
        ? state
        : authority.refresh();
  }

  List<Table> tables(String job) {
    var state = authority.refresh();
    return state.getTablesList().stream()
        .filter(table -> job.isEmpty() || table.getJob().equals(job))
        .map(table -> here(state, table))
        .toList();
  }

  /** With the addresses that nodes have now. */
  private Table here(CatalogState state, Table table) {
    var changed = table.toBuilder().clearRanges();
    table.getRangesList().forEach(range -> changed.addRanges(here(state, range)));
    return changed.build();
  }

  Range here(CatalogState state, Range range) {
    var changed = range.toBuilder().clearMembers();
    for (var member : range.getMembersList()) {
      changed.addMembers(member.toBuilder().setAddress(address(state, member.getNode())));
    }
    var serving = Chains.serving(range);
    return changed
        .setAddress(serving.isEmpty() ? "" : address(state, serving.get(0).getNode()))
        .build();
  }

  /** Where a node is reached, this one included. */
  String address(CatalogState state, int node) {
    return node == authority.node()
        ? address.get()
        : Chains.node(state, node).map(io.holdfast.v1.Node::getAddress).orElse("");
  }

  void dropTable(TableName name) {
    var table = Tables.existing(knowing(name), name.getJob(), name.getTable());
    authority.change(s -> Tables.dropTable(s, table));
  }

  /** Removes the rows of tables whose drop a crash has cut short. Before the shards start. */
  static void finishDrops(CatalogState state, RowStore rows) {
    for (int range : state.getDroppedRangesList()) {
      if (rows.metadata(range).isPresent()) {
        rows.drop(range);
      }
    }
  }

  /** What the optimizer state beside the rows of such a table is made of. */
  List<StateTensor> stateTensors(TableSpec spec) {
    return rules.rule(spec).stateTensors();
  }

  Table setConsistency(TableName name, Consistency changed) {
    var table = Tables.existing(knowing(name), name.getJob(), name.getTable());
    var state = authority.change(s -> Tables.changeConsistency(s, table, changed));
    return here(state, Tables.existing(state, name.getJob(), name.getTable()));
  }

  EvaluateReply evaluate(TableName name, Rule function) {
    var table = Tables.existing(knowing(name), name.getJob(), name.getTable());
    var spec = Definitions.fromProto(table.getDefinition());
    var asked = Definitions.fromProto(function);
    var parts = new ArrayList<CompletableFuture<RangeFunction>>();
    for (var range : table.getRangesList()) {
      var part = rules.function(asked, spec);
      parts.add(
          directory
              .shardOf(range.getId())
              .ask(
                  shard -> {
                    shard.evaluate(range.getId(), part);
                    return part;
                  }));
    }
    RangeFunction merged = null;
    for (var part : parts) {
      merged = merge(merged, await(part));
    }
    var result = (merged == null ? rules.function(asked, spec) : merged).result();
    var reply = EvaluateReply.newBuilder();
    for (double value : result.values()) {
      reply.addValues(value);
    }
    boolean hashed = spec.placement() == Placement.HASHED;
    for (long key : result.keys()) {
      reply.addKeys(hashed ? KeyHash.unplace(key) : key);
    }
    return reply.build();
  }

  private static RangeFunction merge(@Nullable RangeFunction all, RangeFunction part) {
    if (all == null) {
      return part;
    }
    all.merge(part);
    return all;
  }

  StatusReply status() {
    return status.read(authority, directory);
  }

  static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof HoldfastException known) {
        throw known;
      }
      if (e.getCause() instanceof TimeoutException) {
        throw new HoldfastException(
            ErrorCode.NOT_READY,
            "a shard has not answered within " + ANSWER_SECONDS + " s: try again",
            e);
      }
      throw e;
    }
  }
}
