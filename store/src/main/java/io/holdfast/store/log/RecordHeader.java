package io.holdfast.store.log;

/**
 * The caller's part of a record's header; see docs/storage-format.md for its place on disk.
 *
 * @param type what the payload is; 1 to 127, of the caller's meaning
 * @param flags of the caller's meaning
 * @param range range id
 * @param recordEpoch epoch of the head that gave the LSN; never changes
 * @param lsn position in the range's log
 * @param worker rank
 * @param incarnation of that worker
 * @param seq the worker's number for the push on this range
 * @param clock clocks that the worker had finished
 */
public record RecordHeader(
    byte type,
    byte flags,
    int range,
    int recordEpoch,
    long lsn,
    int worker,
    int incarnation,
    long seq,
    int clock) {}
