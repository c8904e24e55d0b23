package io.holdfast.tools.snapshot;

/**
 * What a snapshot took.
 *
 * @param bytes of all its objects, each counted once
 * @param objects how many those are
 * @param newBytes of those that were not in the target before
 * @param newObjects how many those are
 * @param durationMillis from the beginning until all objects were stored
 */
public record Totals(long bytes, int objects, long newBytes, int newObjects, long durationMillis) {}
