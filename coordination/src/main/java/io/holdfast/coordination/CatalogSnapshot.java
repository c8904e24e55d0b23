package io.holdfast.coordination;

import io.holdfast.v1.CatalogEntry;
import io.holdfast.v1.CatalogLink;
import io.holdfast.v1.CatalogRoot;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.CatalogWriter;
import io.holdfast.v1.Job;
import io.holdfast.v1.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The catalogue as it was read, and what is needed to write the next one over it.
 *
 * @param rootVersion ZooKeeper's version of the root
 * @param writers the last to write, the newest last
 * @param tables entries by id
 * @param jobs entries by id
 */
record CatalogSnapshot(
    CatalogState state,
    int rootVersion,
    List<CatalogWriter> writers,
    Map<Integer, CatalogEntry> tables,
    Map<Integer, CatalogEntry> jobs) {
  private static final int WRITERS_REMEMBERED = 64;

  CatalogSnapshot {
    writers = List.copyOf(writers);
    tables = Map.copyOf(tables);
    jobs = Map.copyOf(jobs);
  }

  /** Of a root and the entries that it links. */
  static CatalogSnapshot read(
      CatalogRoot root,
      int rootVersion,
      Map<Integer, CatalogEntry> tables,
      Map<Integer, CatalogEntry> jobs) {
    var state = root.getRest().toBuilder();
    for (var link : root.getTablesList()) {
      state.addTables(existing(tables, link).getTable());
    }
    for (var link : root.getJobsList()) {
      state.addJobs(existing(jobs, link).getJob());
    }
    return new CatalogSnapshot(state.build(), rootVersion, root.getWritersList(), tables, jobs);
  }

  private static CatalogEntry existing(Map<Integer, CatalogEntry> entries, CatalogLink link) {
    var entry = entries.get(link.getId());
    if (entry == null) {
      throw new IllegalStateException("no entry " + link.getId());
    }
    return entry;
  }

  /** Whether a change has been made, by this or a later one of its writer (rule P25). */
  boolean hasChange(long writer, long change) {
    return writers.stream().anyMatch(w -> w.getId() == writer && w.getChange() >= change);
  }

  /** What follows when {@code next} is written over this one. */
  CatalogSnapshot next(CatalogState next, CatalogWriter writer) {
    var nextTables =
        entries(
            next.getTablesList(),
            Table::getId,
            tables,
            table -> CatalogEntry.newBuilder().setTable(table).build(),
            next.getVersion());
    var nextJobs =
        entries(
            next.getJobsList(),
            Job::getId,
            jobs,
            job -> CatalogEntry.newBuilder().setJob(job).build(),
            next.getVersion());
    var nextWriters = new ArrayList<>(writers);
    nextWriters.removeIf(w -> w.getId() == writer.getId());
    nextWriters.add(writer);
    int first = Math.max(0, nextWriters.size() - WRITERS_REMEMBERED);
    return new CatalogSnapshot(
        next,
        rootVersion + 1,
        nextWriters.subList(first, nextWriters.size()),
        nextTables,
        nextJobs);
  }

  /** Those that are equal keep their version. */
  private static <T> Map<Integer, CatalogEntry> entries(
      List<T> items,
      Function<T, Integer> id,
      Map<Integer, CatalogEntry> before,
      Function<T, CatalogEntry> entry,
      long version) {
    var entries = new HashMap<Integer, CatalogEntry>();
    for (T item : items) {
      var made = entry.apply(item);
      var old = before.get(id.apply(item));
      boolean same = old != null && old.toBuilder().clearVersion().build().equals(made);
      entries.put(
          id.apply(item), same && old != null ? old : made.toBuilder().setVersion(version).build());
    }
    return entries;
  }

  CatalogRoot root() {
    var root =
        CatalogRoot.newBuilder()
            .setRest(state.toBuilder().clearTables().clearJobs())
            .addAllWriters(writers);
    for (var table : state.getTablesList()) {
      root.addTables(link(table.getId(), tables));
    }
    for (var job : state.getJobsList()) {
      root.addJobs(link(job.getId(), jobs));
    }
    return root.build();
  }

  private static CatalogLink link(int id, Map<Integer, CatalogEntry> entries) {
    var link = CatalogLink.newBuilder().setId(id);
    var entry = entries.get(id);
    return (entry == null ? link : link.setVersion(entry.getVersion())).build();
  }
}
