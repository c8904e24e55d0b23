package io.holdfast.replication.chain;

/**
 * What a range has of one worker, committed.
 *
 * @param rank negative ones, as signed numbers, are callers outside of any group
 * @param incarnation the newest
 * @param seq of its last push or tick here
 * @param clock clocks finished
 * @param left whether it has left
 */
public record WorkerEntry(int rank, int incarnation, long seq, int clock, boolean left) {}
