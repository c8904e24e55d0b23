package io.holdfast.replication.chain;

import io.holdfast.store.log.RecordHeader;

/**
 * The end of a range that is split (rule P24), as its {@link RecordType#SEAL} says.
 *
 * @param lsn of that record, which is the range's last
 * @param recordEpoch of the head that gave it: together with the LSN it tells one history from
 *     another
 * @param key first key of the right half, unsigned
 * @param left id of the left half
 * @param right id of the right half
 */
public record Seal(long lsn, int recordEpoch, long key, int left, int right) {
  static Seal of(RecordHeader record) {
    return new Seal(
        record.lsn(), record.recordEpoch(), record.seq(), record.worker(), record.incarnation());
  }

  /** The record that says so. */
  public RecordHeader header(int range) {
    return new RecordHeader(
        RecordType.SEAL, (byte) 0, range, recordEpoch, lsn, left, right, key, 0);
  }
}
