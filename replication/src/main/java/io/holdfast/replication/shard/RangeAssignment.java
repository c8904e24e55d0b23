package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;

/**
 * A range that this shard is to serve.
 *
 * @param range its id, never used again for another
 * @param keys its placed keys
 * @param spec its table
 * @param home whether it is a job's home range: workers' saved states, no rows
 * @param epoch of its chain
 */
public record RangeAssignment(int range, KeyRange keys, TableSpec spec, boolean home, int epoch) {}
