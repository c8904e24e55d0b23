package io.holdfast.tools.server;

import io.holdfast.coordination.Catalog;
import io.holdfast.coordination.RangePlan;
import io.holdfast.coordination.Tables;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyHash;
import io.holdfast.model.KeyRange;
import io.holdfast.model.Placement;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.replication.shard.RangeAssignment;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a node does beside the data path: jobs, tables, functions, status. Calls block. */
final class Node {
  /** A home range has no rows; this stands in where a table is asked for. */
  private static final TableSpec HOME = TableSpec.sparse().build();

  private static final long ANSWER_SECONDS = 60;

  private final Catalog catalog;
  private final RuleBook rules;
  private final RangeDirectory directory;
  private final NodeStatus status;
  private final Supplier<String> address;

  /**
   * @param address what clients are told to connect to
   */
  Node(
      Catalog catalog,
      RuleBook rules,
      RangeDirectory directory,
      NodeStatus status,
      Supplier<String> address) {
    this.catalog = catalog;
    this.rules = rules;
    this.directory = directory;
    this.status = status;
    this.address = address;
  }

  /** The ranges of a catalogue that one of {@code shardCount} shards is to serve. */
  static List<RangeAssignment> assignments(CatalogState state, int shard, int shardCount) {
    var ranges = new ArrayList<RangeAssignment>();
    for (var job : state.getJobsList()) {
      ranges.add(home(job));
    }
    for (var table : state.getTablesList()) {
      ranges.addAll(assignments(table));
    }
    ranges.removeIf(range -> RangeDirectory.index(range.range(), shardCount) != shard);
    return ranges;
  }

  private static RangeAssignment home(Job job) {
    return new RangeAssignment(
        job.getHome().getId(), KeyRange.ALL, HOME, true, job.getHome().getEpoch());
  }

  private static List<RangeAssignment> assignments(Table table) {
    var spec = Definitions.fromProto(table.getDefinition());
    return table.getRangesList().stream()
        .map(
            range ->
                new RangeAssignment(
                    range.getId(), Definitions.fromProto(range), spec, false, range.getEpoch()))
        .toList();
  }

  Job openJob(String name) {
    var state = catalog.update(s -> Tables.openJob(s, name, address.get()));
    var job = Tables.job(state, name).orElseThrow();
    var home = home(job);
    await(directory.shardOf(home.range()).ask(shard -> added(shard, home)));
    return job.toBuilder().setHome(here(job.getHome())).build();
  }

  private static boolean added(Shard shard, RangeAssignment range) {
    shard.addRange(range);
    return true;
  }

  Table createTable(String job, String name, TableDefinition definition) {
    var spec = valid(definition);
    rules.rule(spec);
    var cut = RangePlan.cut(spec, directory.shards().size());
    var state =
        catalog.update(
            s -> Tables.createTable(s, job, name, Definitions.toProto(spec), cut, address.get()));
    var table = Tables.existing(state, job, name);
    for (var range : assignments(table)) {
      await(directory.shardOf(range.range()).ask(shard -> added(shard, range)));
    }
    return here(table);
  }

  private static TableSpec valid(TableDefinition definition) {
    try {
      return Definitions.fromProto(definition);
    } catch (IllegalArgumentException e) {
      throw new HoldfastException(ErrorCode.INVALID_DEFINITION, String.valueOf(e.getMessage()), e);
    }
  }

  Table table(TableName name) {
    return here(Tables.existing(catalog.state(), name.getJob(), name.getTable()));
  }

  List<Table> tables(String job) {
    return catalog.state().getTablesList().stream()
        .filter(table -> job.isEmpty() || table.getJob().equals(job))
        .map(this::here)
        .toList();
  }

  /**
   * With the address that this node has now, which need not be the one that it had when the table
   * was made.
   */
  private Table here(Table table) {
    var changed = table.toBuilder().clearRanges();
    table.getRangesList().forEach(range -> changed.addRanges(here(range)));
    return changed.build();
  }

  private Range here(Range range) {
    return range.toBuilder().setAddress(address.get()).build();
  }

  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  void dropTable(TableName name) {
    var table = Tables.existing(catalog.state(), name.getJob(), name.getTable());
    catalog.update(s -> Tables.dropTable(s, table));
    var ranges = table.getRangesList().stream().map(Range::getId).toList();
    for (int range : ranges) {
      await(
          directory.shardOf(range).ask(shard -> shard.dropRange(range)).thenCompose(done -> done));
    }
    catalog.update(s -> Tables.forgetRanges(s, ranges));
  }

  /** Removes the rows of tables whose drop a crash has cut short. Before the shards start. */
  static void finishDrops(Catalog catalog, RowStore rows) {
    var dropped = catalog.state().getDroppedRangesList();
    dropped.forEach(rows::drop);
    if (!dropped.isEmpty()) {
      catalog.update(s -> Tables.forgetRanges(s, dropped));
    }
  }

  Table setConsistency(TableName name, Consistency changed) {
    var table = Tables.existing(catalog.state(), name.getJob(), name.getTable());
    var state = catalog.update(s -> Tables.changeConsistency(s, table, changed));
    var consistency = Definitions.fromProto(changed);
    for (var range : table.getRangesList()) {
      await(
          directory
              .shardOf(range.getId())
              .ask(
                  shard -> {
                    shard.changeConsistency(range.getId(), consistency);
                    return true;
                  }));
    }
    return here(Tables.existing(state, name.getJob(), name.getTable()));
  }

  EvaluateReply evaluate(TableName name, Rule function) {
    var table = Tables.existing(catalog.state(), name.getJob(), name.getTable());
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
    return status.read(catalog.state(), directory);
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

  /** Ids of all ranges that this node serves. */
  static Set<Integer> ranges(CatalogState state) {
    var ids = new HashSet<Integer>();
    state.getJobsList().forEach(job -> ids.add(job.getHome().getId()));
    state
        .getTablesList()
        .forEach(table -> table.getRangesList().forEach(range -> ids.add(range.getId())));
    return ids;
  }
}
