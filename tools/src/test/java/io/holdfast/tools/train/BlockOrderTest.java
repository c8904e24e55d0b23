package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockOrderTest {
  private static final int PASSES = 200;

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 1", "7, 0", "7, 3", "7, 6", "16, 4"})
  void everyPassHasEachBlockOnceAndNoneComesAgainWithinTheDelay(int blocks, int delay) {
    List<Integer> all = all(blocks, delay, 1);
    for (int pass = 0; pass < PASSES; pass++) {
      var once = new TreeSet<>(all.subList(pass * blocks, (pass + 1) * blocks));
      assertEquals(blocks, once.size(), "blocks in pass " + pass);
    }
    for (int i = 0; i < all.size(); i++) {
      for (int later = i + 1; later <= i + delay && later < all.size(); later++) {
        assertNotEquals(all.get(i), all.get(later), i + " and " + later);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 0", "7, 3"})
  void whoBeginsLaterHasTheSameOrder(int blocks, int delay) {
    List<Integer> all = all(blocks, delay, 5);
    var order = new BlockOrder(blocks, delay, 5);
    for (int i = 3 * blocks + 2; i < all.size(); i += 5) {
      assertEquals(all.get(i), order.block(i), "iteration " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 0", "7, 3"})
  void ordersAreDrawnAnew(int blocks, int delay) {
    List<Integer> all = all(blocks, delay, 5);
    var orders = new TreeSet<String>();
    for (int pass = 0; pass < PASSES; pass++) {
      orders.add(all.subList(pass * blocks, (pass + 1) * blocks).toString());
    }
    assertTrue(orders.size() > PASSES / 2, orders.size() + " of " + PASSES);
    assertNotEquals(all, all(blocks, delay, 6), "another seed");
  }

  private static List<Integer> all(int blocks, int delay, long seed) {
    var order = new BlockOrder(blocks, delay, seed);
    var all = new ArrayList<Integer>();
    for (int i = 0; i < PASSES * blocks; i++) {
      all.add(order.block(i));
    }
    return all;
  }
}
