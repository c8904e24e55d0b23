package io.holdfast.coordination;

/**
 * How far a store's log of a range goes.
 *
 * @param recordEpoch epoch of the head that gave the last record its LSN
 * @param lastLsn LSN of the last record, 0 where there is none; negative: see {@link #UNUSABLE}
 */
public record LogEnd(int recordEpoch, long lastLsn) implements Comparable<LogEnd> {
  /** The store has the range without a record. */
  public static final LogEnd EMPTY = new LogEnd(0, 0);

  /** What the store has of the range is damaged or half copied: it must not lead. */
  public static final LogEnd UNUSABLE = new LogEnd(0, -1);

  public boolean isUsable() {
    return lastLsn >= 0;
  }

  /** By (record epoch, LSN), as rule P22 compares them. */
  @Override
  public int compareTo(LogEnd other) {
    int byEpoch = Integer.compareUnsigned(recordEpoch, other.recordEpoch);
    return byEpoch != 0 ? byEpoch : Long.compare(lastLsn, other.lastLsn);
  }
}
