package io.holdfast.tools.capture;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.Job;
import io.holdfast.v1.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is to be in a snapshot, as the map has it at one moment.
 *
 * @param jobs all that have a table in it, or are asked for
 * @param tables in it
 */
record WantedRanges(List<Job> jobs, List<Table> tables) {
  /**
   * Selects.
   *
   * @param job only this one's; empty: all
   * @param names only tables of these names; empty: all
   * @throws HoldfastException UNKNOWN_JOB, UNKNOWN_TABLE where there is none of that name
   */
  static WantedRanges select(List<Job> jobs, List<Table> tables, String job, Set<String> names) {
    var ofJobs = jobs.stream().filter(j -> job.isEmpty() || j.getName().equals(job)).toList();
    if (ofJobs.isEmpty() && !job.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_JOB, "there is no job '" + job + "': 'job list' shows them");
    }
    var chosen =
        tables.stream()
            .filter(t -> job.isEmpty() || t.getJob().equals(job))
            .filter(t -> names.isEmpty() || names.contains(t.getName()))
            .toList();
    var missing = new TreeSet<>(names);
    chosen.forEach(table -> missing.remove(table.getName()));
    if (!missing.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_TABLE,
          "there is no table '" + missing.first() + "': 'table list' shows them");
    }
    var used =
        ofJobs.stream()
            .filter(
                j ->
                    names.isEmpty()
                        || chosen.stream().anyMatch(t -> t.getJob().equals(j.getName())))
            .toList();
    if (used.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_JOB, "there is no job yet, so there is nothing to take a snapshot of");
    }
    return new WantedRanges(used, chosen);
  }

  /** All, home ranges first. */
  List<WantedRange> ranges() {
    var ranges = new ArrayList<WantedRange>();
    jobs.forEach(job -> ranges.add(new WantedRange(job.getName(), "", job.getHome())));
    for (var table : tables) {
      table
          .getRangesList()
          .forEach(range -> ranges.add(new WantedRange(table.getJob(), table.getName(), range)));
    }
    return ranges;
  }

  /**
   * What is not captured yet. A range that was split since it was captured is: the halves are not
   * wanted.
   */
  List<WantedRange> missing(Collection<WantedRange> captured) {
    return ranges().stream()
        .filter(wanted -> captured.stream().noneMatch(taken -> covers(taken, wanted)))
        .toList();
  }

  private static boolean covers(WantedRange taken, WantedRange wanted) {
    return taken.job().equals(wanted.job())
        && taken.table().equals(wanted.table())
        && (taken.id() == wanted.id() || wanted.range().getAncestorsList().contains(taken.id()))
        && contains(taken.keys(), wanted.keys());
  }

  private static boolean contains(KeyRange outer, KeyRange inner) {
    return Long.compareUnsigned(outer.start(), inner.start()) <= 0
        && Long.compareUnsigned(outer.end() - 1, inner.end() - 1) >= 0;
  }

  /** Of what was captured, that which the map still has a table for, once. */
  List<WantedRange> known(Collection<WantedRange> captured) {
    var ranges = ranges();
    return captured.stream()
        .filter(taken -> ranges.stream().anyMatch(wanted -> covers(taken, wanted)))
        .toList();
  }
}
