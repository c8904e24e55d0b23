package io.holdfast.replication.chain;

/**
 * One of the pushes that a {@link RecordType#COMBINED} record holds: what a push's own record would
 * say of it (rules P9, P10).
 *
 * @param worker rank
 * @param incarnation of the worker
 * @param seq of the push
 * @param clock that the worker was in
 */
public record CombinedPush(int worker, int incarnation, long seq, int clock) {}
