package io.holdfast.tools.snapshot;

import java.util.List;

/**
 * What a sweep removed of the objects that no snapshot needs.
 *
 * @param objects that were removed
 * @param bytes that they had
 * @param waitsFor snapshots that are being made: while there are any, nothing is removed
 * @param foreign keys of files that are not the repository's own, which were left alone
 */
public record Swept(int objects, long bytes, List<String> waitsFor, List<String> foreign) {
  public Swept {
    waitsFor = List.copyOf(waitsFor);
    foreign = List.copyOf(foreign);
  }
}
