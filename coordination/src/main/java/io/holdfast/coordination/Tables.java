package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Job;
import io.holdfast.v1.LostWorkers;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import java.util.List;
import java.util.Optional;

/** Changes of the catalogue, as pure functions from state to state. */
public final class Tables {
  private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";

  private static final int LOST_AFTER_MILLIS = 10_000;
  private static final int MIN_LOST_MILLIS = 100;
  private static final int MAX_LOST_MILLIS = 24 * 3600 * 1000;

  private Tables() {}

  public static Optional<Job> job(CatalogState state, String name) {
    return state.getJobsList().stream().filter(job -> job.getName().equals(name)).findFirst();
  }

  public static Optional<Table> table(CatalogState state, String job, String name) {
    return state.getTablesList().stream()
        .filter(table -> table.getJob().equals(job) && table.getName().equals(name))
        .findFirst();
  }

  /**
   * @throws HoldfastException UNKNOWN_TABLE, naming those that exist in the job
   */
  public static Table existing(CatalogState state, String job, String name) {
    return table(state, job, name)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.UNKNOWN_TABLE,
                    "job '" + job + "' has no table '" + name + "'; it has " + names(state, job)));
  }

  private static List<String> names(CatalogState state, String job) {
    return state.getTablesList().stream()
        .filter(table -> table.getJob().equals(job))
        .map(Table::getName)
        .limit(20)
        .toList();
  }

  /** How many nodes the chains of home ranges are to have from now on, at least 1. */
  public static CatalogState homeReplicas(CatalogState state, int replicas) {
    return state.getHomeReplicas() == replicas
        ? state
        : state.toBuilder().setHomeReplicas(replicas).build();
  }

  /** Adds the job unless it is there. The planner places its home range. */
  public static CatalogState openJob(CatalogState state, String name) {
    if (job(state, name).isPresent()) {
      return state;
    }
    checkName("job", name);
    int id = state.getLastId() + 1;
    var home = Range.newBuilder().setId(id + 1);
    return state.toBuilder()
        .setLastId(id + 1)
        .addJobs(Job.newBuilder().setId(id).setName(name).setHome(home))
        .build();
  }

  /**
   * @throws HoldfastException UNKNOWN_JOB, naming those that there are
   */
  public static Job existingJob(CatalogState state, String name) {
    return job(state, name)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.UNKNOWN_JOB,
                    "there is no job '"
                        + name
                        + "'; there are "
                        + state.getJobsList().stream().map(Job::getName).limit(20).toList()));
  }

  /** Without a word from a worker for so long, it counts as lost. */
  public static int lostAfterMillis(Job job) {
    return job.getLostAfterMillis() == 0 ? LOST_AFTER_MILLIS : job.getLostAfterMillis();
  }

  /**
   * Says what a lost worker of a job means from now on.
   *
   * @param lostAfterMillis 0: as it is
   * @throws HoldfastException UNKNOWN_JOB; INVALID_ARGUMENT for less than 100 ms or more than a day
   */
  public static CatalogState setGroup(
      CatalogState state, String name, LostWorkers policy, int lostAfterMillis) {
    var job = existingJob(state, name);
    if (policy == LostWorkers.UNRECOGNIZED
        || (lostAfterMillis != 0
            && (lostAfterMillis < MIN_LOST_MILLIS || lostAfterMillis > MAX_LOST_MILLIS))) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a worker is WAITed for or LEAVEs after "
              + MIN_LOST_MILLIS
              + " ms to a day, not "
              + policy
              + " after "
              + lostAfterMillis
              + " ms");
    }
    var next = job.toBuilder().setLostWorkers(policy);
    if (lostAfterMillis != 0) {
      next.setLostAfterMillis(lostAfterMillis);
    }
    var jobs = state.toBuilder().clearJobs();
    state
        .getJobsList()
        .forEach(other -> jobs.addJobs(other.getId() == job.getId() ? next.build() : other));
    return jobs.build();
  }

  /**
   * Adds the table unless it is there with the same definition. The planner places its ranges.
   *
   * @param defaultReplicas nodes in the chain of each range, where the definition does not say
   * @throws HoldfastException UNKNOWN_JOB, TABLE_MISMATCH, INVALID_DEFINITION
   */
  public static CatalogState createTable(
      CatalogState state,
      String job,
      String name,
      TableDefinition definition,
      List<KeyRange> ranges,
      int defaultReplicas) {
    if (job(state, job).isEmpty()) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_JOB, "there is no job '" + job + "': open it first");
    }
    var existing = table(state, job, name);
    if (existing.isPresent()) {
      if (!sameButForTuning(existing.get().getDefinition(), definition)) {
        throw new HoldfastException(
            ErrorCode.TABLE_MISMATCH,
            "table '"
                + name
                + "' of job '"
                + job
                + "' exists with another definition: open it by name alone, use another name, or"
                + " drop it. It is "
                + oneLine(existing.get().getDefinition())
                + ", asked for was "
                + oneLine(definition));
      }
      return state;
    }
    checkName("table", name);
    int id = state.getLastId();
    var table =
        Table.newBuilder()
            .setId(++id)
            .setJob(job)
            .setName(name)
            .setDefinition(resolved(definition, defaultReplicas));
    for (var range : ranges) {
      table.addRanges(Range.newBuilder().setId(++id).setStart(range.start()).setEnd(range.end()));
    }
    return state.toBuilder().setLastId(id).addTables(table).build();
  }

  private static TableDefinition resolved(TableDefinition definition, int defaultReplicas) {
    int replicas = definition.getReplicas() == 0 ? defaultReplicas : definition.getReplicas();
    int minInSync = Chains.minInSync(replicas, definition.getMinInSync());
    if (replicas < 1
        || replicas > TableSpec.MAX_REPLICAS
        || minInSync < 1
        || minInSync > replicas) {
      throw new HoldfastException(
          ErrorCode.INVALID_DEFINITION,
          "replicas "
              + replicas
              + " must be within 1 and "
              + TableSpec.MAX_REPLICAS
              + ", and min_in_sync "
              + minInSync
              + " within 1 and the replicas");
    }
    return definition.toBuilder().setReplicas(replicas).setMinInSync(minInSync).build();
  }

  /**
   * What may change while a table is in use does not make it another table, nor what was left to
   * the server.
   */
  private static boolean sameButForTuning(TableDefinition existing, TableDefinition asked) {
    var complete = asked.toBuilder();
    if (asked.getReplicas() == 0) {
      complete.setReplicas(existing.getReplicas());
    }
    if (asked.getMinInSync() == 0) {
      complete.setMinInSync(existing.getMinInSync());
    }
    return untuned(existing).equals(untuned(complete.build()));
  }

  private static TableDefinition untuned(TableDefinition definition) {
    var copy = definition.toBuilder().clearRangeCount();
    if (isTunable(definition)) {
      copy.clearConsistency();
    }
    return copy.build();
  }

  private static boolean isTunable(TableDefinition definition) {
    return definition.getConsistency().getKind() != io.holdfast.v1.Consistency.Kind.SEQUENTIAL;
  }

  private static String oneLine(TableDefinition definition) {
    return definition.toString().replaceAll("\\s+", " ").strip();
  }

  /** Removes the table; its ranges are remembered until their rows are gone. */
  public static CatalogState dropTable(CatalogState state, Table table) {
    var changed = state.toBuilder().clearTables();
    state.getTablesList().stream()
        .filter(other -> other.getId() != table.getId())
        .forEach(changed::addTables);
    for (var range : table.getRangesList()) {
      changed.addDroppedRanges(range.getId());
      if (range.hasSplit()) {
        changed
            .addDroppedRanges(range.getSplit().getLeft())
            .addDroppedRanges(range.getSplit().getRight());
      }
    }
    return changed.build();
  }

  /**
   * Removes the job with all its tables, its home range, and so its workers' clocks and states;
   * ranges are remembered until what they hold is gone. The same state where there is no such job.
   */
  public static CatalogState dropJob(CatalogState state, String name) {
    var job = job(state, name);
    if (job.isEmpty()) {
      return state;
    }
    var without = state;
    for (var table : state.getTablesList()) {
      without = table.getJob().equals(name) ? dropTable(without, table) : without;
    }
    var changed = without.toBuilder().clearJobs();
    state.getJobsList().stream()
        .filter(other -> other.getId() != job.get().getId())
        .forEach(changed::addJobs);
    return changed.addDroppedRanges(job.get().getHome().getId()).build();
  }

  /** The rows of these ranges are gone. */
  public static CatalogState forgetRanges(CatalogState state, List<Integer> ranges) {
    var changed = state.toBuilder().clearDroppedRanges();
    state.getDroppedRangesList().stream()
        .filter(range -> !ranges.contains(range))
        .forEach(changed::addDroppedRanges);
    return changed.build();
  }

  /**
   * Changes the staleness, or switches between bounded and eventual.
   *
   * @throws HoldfastException INVALID_ARGUMENT for a sequential table: its pushes are combined
   *     otherwise
   */
  public static CatalogState changeConsistency(
      CatalogState state, Table table, io.holdfast.v1.Consistency changed) {
    if (!isTunable(table.getDefinition())
        || changed.getKind() == io.holdfast.v1.Consistency.Kind.SEQUENTIAL) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a table changes between bounded and eventual while it is in use; sequential is chosen"
              + " when it is made");
    }
    var next = table.toBuilder().setConsistencyVersion(table.getConsistencyVersion() + 1);
    next.getDefinitionBuilder().setConsistency(changed);
    var tables = state.toBuilder().clearTables();
    state
        .getTablesList()
        .forEach(other -> tables.addTables(other.getId() == table.getId() ? next.build() : other));
    return tables.build();
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT
   */
  static void checkName(String what, String name) {
    if (!name.matches(NAME)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          what
              + " name '"
              + name
              + "' must be 1 to 128 letters, digits, '_', '.' or '-', and begin with a letter,"
              + " digit or '_'");
    }
  }
}
