package io.holdfast.plugin;

/**
 * What a rule may know of the push that it applies; the same on every replica.
 *
 * @param lsn the push's position in the range's log
 * @param clock clocks that the pushing worker had finished
 * @param staleness how many clocks the pushing worker is behind the fastest, 0 for the fastest
 * @param learningRateScale multiply the learning rate by this: 1, or 1 / staleness for a
 *     staleness-scaled table where staleness is above 1
 * @param workers size of the worker group, at least 1
 */
public record UpdateContext(
    long lsn, int clock, int staleness, float learningRateScale, int workers) {}
