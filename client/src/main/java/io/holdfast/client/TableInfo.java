package io.holdfast.client;

import io.holdfast.model.TableSpec;

/**
 * A table as the cluster knows it.
 *
 * @param job name of its job
 * @param name its own
 * @param spec its definition
 * @param ranges number of ranges
 */
public record TableInfo(String job, String name, TableSpec spec, int ranges) {}
