package io.holdfast.replication.chain;

/**
 * What the clocks of several ranges have in common is held once (rule P13): one pool for the ranges
 * of a shard, whose thread alone uses it and them. See {@link WorkerClocks#share}.
 */
public final class ClockPool {
  private final SharedBlocks seqs = new SharedBlocks();
  private final SharedBlocks lives = new SharedBlocks();

  SharedBlocks seqs() {
    return seqs;
  }

  SharedBlocks lives() {
    return lives;
  }
}
