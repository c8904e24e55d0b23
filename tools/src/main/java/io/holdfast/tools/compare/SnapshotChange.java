package io.holdfast.tools.compare;

/**
 * A further snapshot after some rows were changed.
 *
 * @param rows that were changed since the one before
 * @param bytes of it, what it shares with others included
 * @param newBytes that it sent
 */
record SnapshotChange(long rows, double seconds, long bytes, long newBytes) {
  double newShare() {
    return (double) newBytes / bytes;
  }
}
