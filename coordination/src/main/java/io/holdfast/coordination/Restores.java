package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.BeginRestoreRequest;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Job;
import io.holdfast.v1.Member;
import io.holdfast.v1.Node;
import io.holdfast.v1.PendingRestore;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * How jobs and tables come out of a snapshot (rule P30), as pure functions from state to state: ids
 * and nodes are reserved, each node says that it has its ranges, and once all have, jobs and tables
 * become visible in one step. All may be repeated.
 *
 * <p>A pending range has an id of its own for each node that it is given to. So what is left of it
 * on a node that was too late can never be taken for the range.
 */
public final class Restores {
  /** The import is the range's first epoch: its node has all there is, and may recover it (P22). */
  private static final int IMPORTED_EPOCH = 1;

  private Restores() {}

  public static Optional<PendingRestore> pending(CatalogState state, long token) {
    return state.getRestoresList().stream().filter(r -> r.getToken() == token).findFirst();
  }

  /**
   * @throws HoldfastException NOT_READY where it was given up, or adopted
   */
  public static PendingRestore existing(CatalogState state, long token) {
    return pending(state, token)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.NOT_READY,
                    "this restore was given up, as a connection to who asked for it broke; nothing"
                        + " is left of it: restore again"));
  }

  /**
   * Reserves ids and chooses a node for each range.
   *
   * @param live nodes that live
   * @throws HoldfastException TABLE_MISMATCH where a name is taken; UNKNOWN_JOB where a table's job
   *     is neither there nor restored with it; UNAVAILABLE where no node may take a range
   */
  public static CatalogState begin(
      CatalogState state, BeginRestoreRequest wanted, Set<Integer> live) {
    if (pending(state, wanted.getToken()).isPresent()) {
      return state;
    }
    var ids = new Ids(Math.max(state.getLastId(), wanted.getLargestId()));
    var restore =
        PendingRestore.newBuilder().setToken(wanted.getToken()).setModelOnly(wanted.getModelOnly());
    for (var job : wanted.getJobsList()) {
      if (wanted.getModelOnly() && Tables.job(state, job.getName()).isPresent()) {
        continue; // its tables join it
      }
      Tables.checkName("job", job.getName());
      var home = Range.newBuilder().addAllAncestors(job.getHome().getAncestorsList());
      if (wanted.getModelOnly()) {
        home.clear().setId(ids.next());
      }
      restore.addJobs(job.toBuilder().setId(ids.next()).setHome(home));
    }
    for (var table : wanted.getTablesList()) {
      Tables.checkName("table", table.getName());
      restore.addTables(table.toBuilder().setId(ids.next()));
    }
    checkNames(state, restore.build());
    return placed(state, ids, restore.build(), live, range -> range);
  }

  /** Ids of jobs, tables and ranges come from one counter. */
  private static final class Ids {
    private int last;

    Ids(int last) {
      this.last = last;
    }

    int next() {
      return ++last;
    }
  }

  /**
   * @throws HoldfastException TABLE_MISMATCH, UNKNOWN_JOB
   */
  private static void checkNames(CatalogState state, PendingRestore restore) {
    for (var job : restore.getJobsList()) {
      if (Tables.job(state, job.getName()).isPresent()) {
        throw new HoldfastException(
            ErrorCode.TABLE_MISMATCH,
            "there is a job '"
                + job.getName()
                + "': drop it with 'job drop', give the restored one another name with --job, or"
                + " restore its tables alone into that job with --model-only");
      }
    }
    for (var table : restore.getTablesList()) {
      if (Tables.table(state, table.getJob(), table.getName()).isPresent()) {
        throw new HoldfastException(
            ErrorCode.TABLE_MISMATCH,
            "job '"
                + table.getJob()
                + "' has a table '"
                + table.getName()
                + "': drop it first with 'table drop', or restore into another job with --job");
      }
      boolean hasJob =
          Tables.job(state, table.getJob()).isPresent()
              || restore.getJobsList().stream().anyMatch(j -> j.getName().equals(table.getJob()));
      if (!hasJob) {
        throw new HoldfastException(
            ErrorCode.UNKNOWN_JOB,
            "table '"
                + table.getName()
                + "' is of job '"
                + table.getJob()
                + "', which is not there");
      }
    }
  }

  /** All ranges that nodes take. */
  public static List<Range> ranges(PendingRestore restore) {
    return Stream.concat(
            restore.getModelOnly()
                ? Stream.<Range>of()
                : restore.getJobsList().stream().map(Job::getHome),
            restore.getTablesList().stream().flatMap(table -> table.getRangesList().stream()))
        .toList();
  }

  /** Replaces each range that nodes take. */
  private static PendingRestore map(PendingRestore restore, UnaryOperator<Range> change) {
    var next = restore.toBuilder();
    if (!restore.getModelOnly()) {
      next.getJobsBuilderList().forEach(job -> job.setHome(change.apply(job.getHome())));
    }
    for (var table : next.getTablesBuilderList()) {
      for (int i = 0; i < table.getRangesCount(); i++) {
        table.setRanges(i, change.apply(table.getRanges(i)));
      }
    }
    return next.build();
  }

  private static CatalogState replace(
      CatalogState state, PendingRestore restore, Optional<PendingRestore> by) {
    var next = state.toBuilder().clearRestores();
    for (var other : state.getRestoresList()) {
      if (other.getToken() != restore.getToken()) {
        next.addRestores(other);
      }
    }
    by.ifPresent(next::addRestores);
    return next.build();
  }

  /**
   * Gives each range without a node one, and an id; by few ranges of this restore, then few
   * replicas.
   */
  private static CatalogState placed(
      CatalogState state,
      Ids ids,
      PendingRestore restore,
      Set<Integer> live,
      UnaryOperator<Range> before) {
    var incarnations = new HashMap<Integer, Integer>();
    for (var node : state.getNodesList()) {
      if (live.contains(node.getId())
          && !node.getDead()
          && node.getWanted() == Node.Wanted.ACTIVE) {
        incarnations.put(node.getId(), node.getIncarnation());
      }
    }
    Map<Integer, Integer> taken = new HashMap<>();
    Map<Integer, Integer> replicas = new HashMap<>();
    for (var placed : Chains.all(state)) {
      placed.range().getMembersList().forEach(m -> replicas.merge(m.getNode(), 1, Integer::sum));
    }
    var kept = map(restore, before);
    ranges(kept).stream()
        .flatMap(range -> range.getMembersList().stream())
        .forEach(member -> taken.merge(member.getNode(), 1, Integer::sum));
    var order =
        Comparator.<Integer>comparingInt(node -> taken.getOrDefault(node, 0))
            .thenComparingInt(node -> replicas.getOrDefault(node, 0))
            .thenComparingInt(node -> node);
    var next =
        map(
            kept,
            range -> {
              if (range.getMembersCount() > 0) {
                return range;
              }
              int node = incarnations.keySet().stream().min(order).orElseThrow(Restores::nobody);
              taken.merge(node, 1, Integer::sum);
              return range.toBuilder()
                  .setId(ids.next())
                  .addMembers(
                      Member.newBuilder()
                          .setNode(node)
                          .setIncarnation(incarnations.getOrDefault(node, 0))
                          .setRole(Member.Role.SERVING))
                  .build();
            });
    return replace(state, restore, Optional.of(next)).toBuilder().setLastId(ids.last).build();
  }

  private static HoldfastException nobody() {
    return new HoldfastException(
        ErrorCode.UNAVAILABLE, "no live and active node can take a range: see 'status'");
  }

  /** A node has those of its ranges durably. In a life that is over it counts for nothing. */
  public static CatalogState imported(
      CatalogState state, long token, int node, int incarnation, Set<Integer> ranges) {
    var restore = pending(state, token);
    if (restore.isEmpty()) {
      return state;
    }
    var next =
        map(
            restore.get(),
            range ->
                ranges.contains(range.getId())
                        && isGivenTo(range, node, incarnation)
                        && range.getActivatedNodesCount() == 0
                    ? range.toBuilder().addActivatedNodes(node).build()
                    : range);
    return next.equals(restore.get()) ? state : replace(state, next, Optional.of(next));
  }

  /** Whether a life of a node is to take the range. */
  public static boolean isGivenTo(Range range, int node, int incarnation) {
    return range.getMembersList().stream()
        .anyMatch(m -> m.getNode() == node && m.getIncarnation() == incarnation);
  }

  /** Gives ranges of nodes that have died, or begun another life, to others that live. */
  public static CatalogState renew(CatalogState state, long token, Set<Integer> live) {
    var restore = existing(state, token);
    var lost =
        ranges(restore).stream()
            .filter(range -> !isHeld(state, range, live))
            .map(Range::getId)
            .toList();
    if (lost.isEmpty()) {
      return state;
    }
    var without = withDropped(state, lost);
    return placed(
        without,
        new Ids(state.getLastId()),
        restore,
        live,
        range -> lost.contains(range.getId()) ? unplaced(range) : range);
  }

  private static Range unplaced(Range range) {
    return range.toBuilder().clearId().clearMembers().clearActivatedNodes().build();
  }

  private static CatalogState withDropped(CatalogState state, List<Integer> ranges) {
    var next = state.toBuilder();
    ranges.stream().filter(range -> range != 0).forEach(next::addDroppedRanges);
    return next.build();
  }

  private static boolean isHeld(CatalogState state, Range range, Set<Integer> live) {
    return range.getMembersCount() == 1
        && live.contains(range.getMembers(0).getNode())
        && isOfThisLife(state, range.getMembers(0));
  }

  private static boolean isOfThisLife(CatalogState state, Member member) {
    return Chains.node(state, member.getNode())
        .filter(node -> !node.getDead() && node.getIncarnation() == member.getIncarnation())
        .isPresent();
  }

  /** A node has begun another life: what it took for restores before does not count. */
  static CatalogState reborn(CatalogState state, int node) {
    var next = state;
    for (var restore : state.getRestoresList()) {
      var lost = new ArrayList<Integer>();
      var rest =
          map(
              restore,
              range -> {
                if (range.getMembersList().stream().noneMatch(m -> m.getNode() == node)) {
                  return range;
                }
                lost.add(range.getId());
                return unplaced(range);
              });
      if (!lost.isEmpty()) {
        boolean anyLeft = ranges(rest).stream().anyMatch(range -> range.getMembersCount() > 0);
        next =
            replace(
                withDropped(next, lost), restore, anyLeft ? Optional.of(rest) : Optional.empty());
      }
    }
    return next;
  }

  /** Gives a restore up; its ranges are dropped where they are. */
  public static CatalogState abandon(CatalogState state, long token) {
    return pending(state, token)
        .map(
            restore ->
                replace(
                    withDropped(state, ranges(restore).stream().map(Range::getId).toList()),
                    restore,
                    Optional.empty()))
        .orElse(state);
  }

  /**
   * Makes jobs and tables visible. Each range begins with the node that has taken it alone.
   *
   * @throws HoldfastException NOT_READY where some range is not there, or was on a node that has
   *     died or begun another life since: {@link #renew} and import again; TABLE_MISMATCH where a
   *     name has been taken meanwhile, UNKNOWN_JOB
   */
  public static CatalogState adopt(CatalogState state, long token) {
    var restore = existing(state, token);
    for (var range : ranges(restore)) {
      boolean isThere =
          range.getActivatedNodesCount() == 1 && isOfThisLife(state, range.getMembers(0));
      if (!isThere) {
        throw new HoldfastException(
            ErrorCode.NOT_READY,
            "range "
                + range.getId()
                + " is not restored, or its node has died or begun another life since: it has to be"
                + " imported again");
      }
    }
    checkNames(state, restore);
    var begun = map(restore, range -> begun(range, restore.getModelOnly()));
    var jobs = begun.getJobsList();
    List<Table> tables = begun.getTablesList();
    return replace(state, restore, Optional.empty()).toBuilder()
        .addAllJobs(jobs)
        .addAllTables(tables)
        .build();
  }

  // The epoch is new, and not activated: its member activates it as after any change. Without
  // clocks nobody's seqs of then mean anything.
  private static Range begun(Range range, boolean modelOnly) {
    var begun = range.toBuilder().setEpoch(IMPORTED_EPOCH + 1).setActivatedEpoch(IMPORTED_EPOCH);
    return (modelOnly ? begun.clearAncestors() : begun).build();
  }
}
