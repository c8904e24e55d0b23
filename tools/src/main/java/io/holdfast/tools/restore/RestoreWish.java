package io.holdfast.tools.restore;

import java.util.Set;

/**
 * What is wanted of a snapshot.
 *
 * @param tables names; empty: all
 * @param job name of the restored job; empty: as it was
 * @param replicas of the tables' ranges; 0: as they were
 * @param ranges of each table; 0: as they were
 * @param modelOnly without what workers have left: clocks, saved states
 */
public record RestoreWish(
    Set<String> tables, String job, int replicas, int ranges, boolean modelOnly) {
  public RestoreWish {
    tables = Set.copyOf(tables);
  }

  /** All, as it was. */
  public static final RestoreWish ALL = new RestoreWish(Set.of(), "", 0, 0, false);
}
