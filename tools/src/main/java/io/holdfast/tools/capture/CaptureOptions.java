package io.holdfast.tools.capture;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is to be.
 *
 * @param name of the snapshot
 * @param job only this one's tables; empty: all
 * @param tables only these; empty: all
 * @param clock each range exactly when it reaches this clock; null: at once
 * @param bytesPerSecond that a node writes at most; 0: as fast as it goes
 * @param endpoint of the object store; empty: the usual one
 * @param cluster the addresses by which it is reached
 */
record CaptureOptions(
    String name,
    String job,
    Set<String> tables,
    @Nullable Integer clock,
    long bytesPerSecond,
    String endpoint,
    String cluster) {
  CaptureOptions {
    tables = Set.copyOf(tables);
  }

  CaptureOptions withName(String other) {
    return new CaptureOptions(other, job, tables, clock, bytesPerSecond, endpoint, cluster);
  }
}
