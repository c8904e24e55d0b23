package io.holdfast.tools.snapshot;

/**
 * How far a worker is in a range.
 *
 * @param rank of the worker in its group; -1 and below: a caller outside any group
 * @param incarnation the newest that has joined
 * @param seq of its last push or tick that is in the range
 * @param clock clocks that it has finished
 */
public record WorkerClock(int rank, int incarnation, long seq, int clock) {}
