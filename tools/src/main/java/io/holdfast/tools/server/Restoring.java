package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Restores;
import io.holdfast.coordination.Tables;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.rule.RuleBook;
import io.holdfast.v1.AdoptRestoreReply;
import io.holdfast.v1.AdoptRestoreRequest;
import io.holdfast.v1.BeginRestoreRequest;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.PendingRestore;
import io.holdfast.v1.Range;
import io.holdfast.v1.RestoreState;
import io.holdfast.v1.Table;
import io.holdfast.wire.Definitions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The catalogue's part in restores from snapshots (rule P30). Calls block. */
final class Restoring {
  /** Looked at so often at the least: to be woken is only a hint. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Node node;
  private final RuleBook rules;
  private final Duration patience;

  /**
   * @param patience how long a caller waits until what was restored serves
   */
  Restoring(Node node, RuleBook rules, Duration patience) {
    this.node = node;
    this.rules = rules;
    this.patience = patience;
  }

  private Authority authority() {
    return node.authority();
  }

  /**
   * @throws HoldfastException as {@link Restores#begin}; INVALID_DEFINITION, UNKNOWN_RULE for a
   *     table that cannot be here
   */
  RestoreState begin(BeginRestoreRequest request) {
    for (var table : request.getTablesList()) {
      check(table);
    }
    authority().refresh();
    var live = authority().live();
    return state(authority().change(s -> Restores.begin(s, request, live)), request.getToken());
  }

  private void check(Table table) {
    var definition = table.getDefinition();
    if (definition.getReplicas() > authority().mostReplicas()) {
      throw new HoldfastException(
          ErrorCode.INVALID_DEFINITION,
          "table '"
              + table.getName()
              + "' asks for "
              + definition.getReplicas()
              + " replicas, and a server without a cluster keeps one: restore with --replicas 1, or"
              + " run the servers with --zookeeper");
    }
    try {
      rules.rule(Definitions.fromProto(definition));
    } catch (IllegalArgumentException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_DEFINITION, "table '" + table.getName() + "': " + e.getMessage(), e);
    }
  }

  RestoreState renew(long token) {
    authority().refresh();
    var live = authority().live();
    return state(authority().change(s -> Restores.renew(s, token, live)), token);
  }

  private RestoreState state(CatalogState state, long token) {
    var restore = Restores.existing(state, token);
    var taking = new TreeSet<Integer>();
    Restores.ranges(restore)
        .forEach(range -> range.getMembersList().forEach(m -> taking.add(m.getNode())));
    var reply = RestoreState.newBuilder().setRestore(restore);
    for (int id : taking) {
      var known = Chains.node(state, id).orElseThrow();
      reply.addNodes(
          NodeInfo.newBuilder()
              .setNode(id)
              .setAddress(node.address(state, id))
              .setStoreId(known.getStoreId())
              .setIncarnation(known.getIncarnation())
              .setLive(true)
              .setWanted(known.getWanted().name()));
    }
    return reply.build();
  }

  /** As {@link #abandon}, unless all that this node was to take is given to others by now. */
  void giveUp(long token) {
    authority().change(s -> isConcerned(s, token) ? Restores.abandon(s, token) : s);
  }

  private boolean isConcerned(CatalogState state, long token) {
    int own = authority().node();
    int life = incarnation(state);
    return Restores.pending(state, token).stream()
        .flatMap(restore -> Restores.ranges(restore).stream())
        .anyMatch(range -> Restores.isGivenTo(range, own, life));
  }

  void abandon(long token) {
    if (Restores.pending(authority().refresh(), token).isPresent()) {
      authority().change(s -> Restores.abandon(s, token));
    }
  }

  /**
   * @throws HoldfastException as {@link Restores#adopt}; DEADLINE_EXCEEDED where it is adopted and
   *     some range does not serve yet
   */
  AdoptRestoreReply adopt(AdoptRestoreRequest request) {
    long deadline = System.nanoTime() + patience.toNanos();
    var woken = new Semaphore(0);
    var watch = authority().watch(woken::release);
    try {
      var state = authority().refresh();
      if (!isAdopted(state, request)) {
        state = authority().change(s -> Restores.adopt(s, request.getToken()));
      }
      while (!serves(state, request)) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new HoldfastException(
              ErrorCode.DEADLINE_EXCEEDED,
              "all is restored, and some range does not serve after "
                  + patience.toSeconds()
                  + " s: 'range list' shows what it waits for");
        }
        var unused = woken.tryAcquire(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
        woken.drainPermits();
        state = authority().refresh();
      }
      return reply(state, request);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.UNAVAILABLE, "the node is stopping", e);
    } finally {
      watch.close();
    }
  }

  private static boolean isAdopted(CatalogState state, AdoptRestoreRequest request) {
    return state.getTablesList().stream()
            .anyMatch(table -> request.getTablesList().contains(table.getId()))
        || state.getJobsList().stream()
            .anyMatch(job -> request.getJobsList().contains(job.getId()));
  }

  private static boolean serves(CatalogState state, AdoptRestoreRequest request) {
    var ranges = new ArrayList<Range>();
    tables(state, request).forEach(table -> ranges.addAll(table.getRangesList()));
    state.getJobsList().stream()
        .filter(job -> request.getJobsList().contains(job.getId()))
        .forEach(job -> ranges.add(job.getHome()));
    return ranges.stream().allMatch(Chains::isActivated);
  }

  private static List<Table> tables(CatalogState state, AdoptRestoreRequest request) {
    return state.getTablesList().stream()
        .filter(table -> request.getTablesList().contains(table.getId()))
        .toList();
  }

  private AdoptRestoreReply reply(CatalogState state, AdoptRestoreRequest request) {
    var reply = AdoptRestoreReply.newBuilder();
    for (var table : tables(state, request)) {
      var existing = Tables.existing(state, table.getJob(), table.getName()).toBuilder();
      for (int i = 0; i < existing.getRangesCount(); i++) {
        existing.setRanges(i, node.here(state, existing.getRanges(i)));
      }
      reply.addTables(existing);
    }
    return reply.build();
  }

  /** What this life of this node is to take and has not taken yet; empty where nothing is. */
  List<Range> own(long token) {
    var state = authority().refresh();
    var restore = Restores.existing(state, token);
    return Restores.ranges(restore).stream()
        .filter(range -> range.getActivatedNodesCount() == 0)
        .filter(range -> Restores.isGivenTo(range, authority().node(), incarnation(state)))
        .toList();
  }

  PendingRestore restore(long token) {
    return Restores.existing(authority().state(), token);
  }

  /**
   * Says that this node has them durably.
   *
   * @throws HoldfastException NOT_READY where it has begun another life since it was to take them
   */
  void imported(long token, List<Range> ranges) {
    var ids = new TreeSet<Integer>();
    ranges.forEach(range -> ids.add(range.getId()));
    int own = authority().node();
    var state = authority().change(s -> Restores.imported(s, token, own, incarnation(s), ids));
    boolean all =
        Restores.ranges(Restores.existing(state, token)).stream()
                .filter(range -> ids.contains(range.getId()) && range.getActivatedNodesCount() > 0)
                .count()
            == ids.size();
    if (!all) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "node " + own + " has begun another life while it took its ranges: import them again");
    }
  }

  private int incarnation(CatalogState state) {
    return Chains.node(state, authority().node())
        .map(io.holdfast.v1.Node::getIncarnation)
        .orElse(0);
  }
}
