package io.holdfast.tools.compare;

import java.util.List;

/**
 * What is done with snapshots of a model that nobody else pushes to.
 *
 * @param bytes of the first snapshot
 * @param createSeconds of the first, with the checkpoints that it begins with
 * @param restoreSeconds until the job serves, with the comparison of all checksums
 * @param changes one after the other
 */
record SnapshotTimes(
    long bytes,
    double createSeconds,
    double verifySeconds,
    double restoreSeconds,
    List<SnapshotChange> changes) {
  SnapshotTimes {
    changes = List.copyOf(changes);
  }
}
