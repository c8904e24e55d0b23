package io.holdfast.replication.chain;

/**
 * What the clocks of several ranges have in common is held once (rule P13): one pool for the ranges
 * of a shard, whose thread alone uses it and them. See {@link WorkerClocks#share}.
 */
public final class ClockPool {
  /** Two megabytes, had each range its own. */
  private static final long SHARED_FROM = 4_096;

  private final SharedBlocks seqs;
  private final SharedBlocks lives;

  /** Shares where the clocks are so many that it is worth it. */
  public ClockPool() {
    this(SHARED_FROM);
  }

  /**
   * @param sharedFrom so many blocks of 32 workers, over all ranges
   */
  public ClockPool(long sharedFrom) {
    seqs = new SharedBlocks(sharedFrom);
    lives = new SharedBlocks(sharedFrom);
  }

  SharedBlocks seqs() {
    return seqs;
  }

  SharedBlocks lives() {
    return lives;
  }
}
