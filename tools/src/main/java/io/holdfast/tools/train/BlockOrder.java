package io.holdfast.tools.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which block of features an iteration changes: in each pass every one once, in an order drawn anew
 * (Li et al., NIPS '14, section 4), that depends on the seed alone. A block does not come again
 * within the delay, so that whoever changes it knows its last change. Not thread-safe.
 */
final class BlockOrder {
  private final int blocks;
  private final int delay;
  private final long seed;
  private final ArrayDeque<Integer> recent = new ArrayDeque<>();
  private List<Integer> order = List.of();
  private long pass = -1;

  /**
   * @param delay fewer than the blocks
   */
  BlockOrder(int blocks, int delay, long seed) {
    this.blocks = blocks;
    this.delay = delay;
    this.seed = seed;
  }

  /** Iterations are asked for in ascending order, with any gaps. */
  int block(long iteration) {
    while (pass < iteration / blocks) {
      pass++;
      order = draw(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + pass));
    }
    return order.get((int) (iteration % blocks));
  }

  private List<Integer> draw(SplittableRandom random) {
    var left = new ArrayList<Integer>();
    for (int block = 0; block < blocks; block++) {
      left.add(random.nextInt(block + 1), block);
    }
    var drawn = new ArrayList<Integer>();
    while (!left.isEmpty()) {
      // One is always there: of the last `delay` iterations those of this pass are not left.
      int next = 0;
      while (recent.contains(left.get(next))) {
        next++;
      }
      Integer block = left.remove(/* index */ next);
      drawn.add(block);
      recent.addLast(block);
      if (recent.size() > delay) {
        recent.removeFirst();
      }
    }
    return drawn;
  }
}
