package io.holdfast.replication.shard;

import org.jspecify.annotations.Nullable;

/**
 * A range is to be captured for a snapshot (rule P29).
 *
 * @param range its id
 * @param clock exactly when the slowest worker has finished so many clocks (of a sequential table:
 *     when so many are applied; of a home range: before a state of a later clock is saved); null:
 *     at once
 * @param image whether an image of the store is to be made while the range in it is as captured
 */
public record CaptureWish(int range, @Nullable Integer clock, boolean image) {}
