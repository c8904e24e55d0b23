package io.holdfast.tools.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.HoldfastException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountMinTest {
  @Test
  void dimensionsAreThoseOfThePaper() {
    var sketch = CountMin.of(0.001, 0.01, 1);
    assertEquals(5, sketch.depth(), "ceil(ln 100)");
    assertEquals(2719, sketch.width(), "ceil(e / 0.001)");
    assertEquals(5 * 2719, sketch.cells());
  }

  @Test
  void anItemHasOneCounterInEachRow() {
    var sketch = CountMin.of(0.01, 0.001, 7);
    long[] cells = new long[sketch.depth() + 1];
    for (long item = -500; item < 500; item++) {
      sketch.cells(item, cells, 1);
      for (int row = 0; row < sketch.depth(); row++) {
        assertEquals(row, cells[row + 1] / sketch.width(), "item " + item);
      }
    }
  }

  @Test
  void estimatesAreNeverBelowAndSeldomBeyondTheBound() {
    double epsilon = 0.002;
    double delta = 0.05;
    var sketch = CountMin.of(epsilon, delta, 3);
    long[] counters = new long[(int) sketch.cells()];
    Map<Long, Long> exact = new HashMap<>();
    var random = new Random(5);
    long[] items = new long[40_000];
    for (int i = 0; i < items.length; i++) {
      items[i] = (long) Math.exp(random.nextDouble() * Math.log(20_000));
      exact.merge(items[i], 1L, Long::sum);
    }
    var counts = Counts.of(sketch, items, items.length);
    for (int i = 0; i < counts.cells().length; i++) {
      counters[(int) counts.cells()[i]] += counts.amounts()[i];
    }
    long beyond = 0;
    for (var counted : exact.entrySet()) {
      long[] cells = new long[sketch.depth()];
      sketch.cells(counted.getKey(), cells, 0);
      long estimate = Arrays.stream(cells).map(cell -> counters[(int) cell]).min().orElseThrow();
      assertTrue(estimate >= counted.getValue(), "item " + counted.getKey());
      beyond += estimate - counted.getValue() > epsilon * items.length ? 1 : 0;
    }
    assertTrue(beyond <= delta * exact.size(), beyond + " of " + exact.size());
  }

  @Test
  void aPushHasEachCounterOnceInOrder() {
    var sketch = new CountMin(1, 1, 0);
    var counts = Counts.of(sketch, new long[] {4, 4, 9, 1}, 3);
    assertArrayEquals(new long[] {0}, counts.cells());
    assertArrayEquals(new long[] {3}, counts.amounts());
    var wide = Counts.of(CountMin.of(0.001, 0.01, 1), new long[] {4, 4, 9}, 3);
    assertArrayEquals(Arrays.stream(wide.cells()).sorted().distinct().toArray(), wide.cells());
    assertEquals(15, Arrays.stream(wide.amounts()).sum());
  }

  @ParameterizedTest
  @CsvSource({"0, 0.1, --epsilon", "1, 0.1, --epsilon", "0.1, 0, --delta", "1e-12, 0.1, counters"})
  void saysWhichParameterIsWrong(double epsilon, double delta, String named) {
    var refused =
        assertThrows(HoldfastException.class, () -> CountMin.of(epsilon, delta, 1)).getMessage();
    assertTrue(String.valueOf(refused).contains(named), refused);
  }
}
