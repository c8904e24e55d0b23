package io.holdfast.replication.chain;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A number for each rank from 0 on, 0 where none was set; in blocks that ranges may share. */
final class ClockColumn {
  private static final long[][] NONE = {};

  private long[][] blocks = NONE;
  private @Nullable SharedBlocks pool;

  long get(int rank) {
    int block = rank >> ClockBlock.SHIFT;
    return block < blocks.length ? blocks[block][rank & ClockBlock.MASK] : 0;
  }

  void set(int rank, long value) {
    int index = rank >> ClockBlock.SHIFT;
    int at = rank & ClockBlock.MASK;
    if (index >= blocks.length) {
      grow(index + 1);
    }
    long[] block = blocks[index];
    if (!ClockBlock.isShared(block)) {
      block[at] = value;
    } else if (block[at] != value) {
      blocks[index] =
          pool == null ? ClockBlock.with(block, at, value) : pool.with(block, at, value);
    }
  }

  /** Ranks from here on have 0. */
  int end() {
    return blocks.length << ClockBlock.SHIFT;
  }

  /** Shares from now on what others of the pool have, too. */
  void share(SharedBlocks shared) {
    pool = shared;
    pool.made(blocks.length);
    join();
  }

  /** Shares again what was changed alone and has become alike. */
  void join() {
    if (pool != null) {
      for (int i = 0; i < blocks.length; i++) {
        blocks[i] = pool.join(blocks[i]);
      }
    }
  }

  private void grow(int length) {
    int before = blocks.length;
    blocks = Arrays.copyOf(blocks, length);
    Arrays.fill(blocks, before, length, ClockBlock.ZERO);
    if (pool != null) {
      pool.made(length - before);
    }
  }
}
