package io.holdfast.tools.compare;

/**
 * What is done with a snapshot of a model that nobody pushes to.
 *
 * @param bytes of the first snapshot
 * @param createSeconds of the first, with the checkpoints that it begins with
 * @param restoreSeconds until the job serves, with the comparison of all checksums
 * @param changedRows between the first snapshot and the second
 * @param secondBytes of the second, what it shares with the first included
 * @param secondNewBytes that it sent
 */
record SnapshotTimes(
    long bytes,
    double createSeconds,
    double verifySeconds,
    double restoreSeconds,
    long changedRows,
    double secondSeconds,
    long secondBytes,
    long secondNewBytes) {
  double newShare() {
    return (double) secondNewBytes / secondBytes;
  }
}
