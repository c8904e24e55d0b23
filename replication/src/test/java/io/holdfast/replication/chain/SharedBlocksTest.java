package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SharedBlocksTest {
  private final SharedBlocks blocks = new SharedBlocks(0);

  @Test
  void theSameChangesInAnyOrderEndInTheSameBlock() {
    long[] one = blocks.with(blocks.with(ClockBlock.ZERO, 3, 7), 4, 1);
    long[] other = blocks.with(blocks.with(ClockBlock.ZERO, 4, 1), 3, 7);
    assertSame(one, other);
    assertNotSame(one, blocks.with(one, 4, 2));
    assertSame(one, blocks.with(blocks.with(one, 4, 2), 4, 1));
    assertTrue(one[3] == 7 && one[4] == 1, "a shared block never changes");
  }

  @Test
  void whereNothingIsFoundARangeGoesOnAloneUntilItIsJoined() {
    long[] block = ClockBlock.ZERO;
    for (int i = 1; ClockBlock.isShared(block); i++) {
      assertTrue(i < 2_000, "goes on looking for what is not there");
      block = blocks.with(block, 0, i);
    }
    long[] same = block.clone();
    assertSame(blocks.join(block), blocks.join(same));
    assertTrue(ClockBlock.isShared(block));
  }

  @Test
  void fewBlocksAreNotShared() {
    var few = new SharedBlocks(3);
    few.made(2);
    long[] alone = few.with(ClockBlock.ZERO, 1, 1);
    assertFalse(ClockBlock.isShared(alone));
    assertSame(alone, few.join(alone));
    assertFalse(ClockBlock.isShared(alone));
    few.made(1);
    assertTrue(ClockBlock.isShared(few.join(alone)));
  }
}
