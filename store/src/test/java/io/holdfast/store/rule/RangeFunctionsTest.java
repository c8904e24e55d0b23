package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RangeFunctionsTest {
  private static final long SEED = 9;
  private static final TableSpec TABLE = TableSpec.sparse().width(2).build();
  private final RuleBook rules = InstalledRules.builtIn();

  @Test
  void foldsAreOverAllValuesAndAllRanges() {
    float[][] rows = {{1, -2}, {0, 3}, {-4, 0}};
    assertArrayEquals(new double[] {10}, merged("norm1", rows).values());
    assertArrayEquals(new double[] {Math.sqrt(30)}, merged("norm2", rows).values());
    assertArrayEquals(new double[] {-2}, merged("sum", rows).values());
    assertArrayEquals(new double[] {4}, merged("count_nonzero", rows).values());
    assertArrayEquals(new double[] {-4, 3}, merged("min_max", rows).values());
  }

  @Test
  void int64RowsAreFoldedToo() {
    for (String name : new String[] {"sum", "norm1", "min_max", "top_k"}) {
      var function = rules.function(RuleSpec.of(name), TABLE);
      function.accept(3, new long[] {9, -7, 2}, 1, 2);
      double[] expected =
          switch (name) {
            case "sum" -> new double[] {-5};
            case "norm1" -> new double[] {9};
            case "min_max" -> new double[] {-7, 2};
            default -> new double[] {-7};
          };
      assertArrayEquals(expected, function.result().values(), name);
    }
  }

  @Test
  void noRowsFoldToZeroAndHaveNoExtremes() {
    assertArrayEquals(new double[] {0}, merged("norm2").values());
    assertArrayEquals(new double[0], merged("min_max").values());
    assertArrayEquals(new double[0], merged("top_k").values());
  }

  @Test
  void topRowsAreThoseOfASort() {
    var random = new Random(SEED);
    for (int round = 0; round < 50; round++) {
      int count = random.nextInt(40);
      int k = 1 + random.nextInt(20);
      var spec = RuleSpec.of("top_k").with("k", k).with("column", 1);
      float[][] rows = new float[count][2];
      for (float[] row : rows) {
        row[1] = random.nextInt(10) == 0 ? Float.NaN : random.nextInt(15) - 7;
      }
      var result = merged(spec, rows);
      int[] expected =
          IntStream.range(0, count)
              .boxed()
              .sorted(
                  Comparator.<Integer>comparingDouble(i -> -Math.abs(orLargest(rows[i][1])))
                      .thenComparing(i -> i))
              .limit(k)
              .mapToInt(i -> i)
              .toArray();
      String why = "round " + round + ", seed " + SEED;
      assertArrayEquals(Arrays.stream(expected).mapToLong(i -> i).toArray(), result.keys(), why);
      for (int i = 0; i < expected.length; i++) {
        assertEquals((double) rows[expected[i]][1], result.values()[i], why);
      }
    }
  }

  @Test
  void equalRowsComeInUnsignedOrderOfKeys() {
    var function = rules.function(RuleSpec.of("top_k").with("k", 2), TABLE);
    for (long key : new long[] {5, -1, 3}) {
      function.accept(key, new float[] {1, 0}, 0, 2);
    }
    assertArrayEquals(new long[] {3, 5}, function.result().keys());
    assertArrayEquals(new long[] {3, 5}, function.result().keys(), "asking again");
  }

  @Test
  void unknownFunctionsAndParametersAreRefused() {
    var unknown = refused(RuleSpec.of("norm3"));
    assertEquals(ErrorCode.UNKNOWN_RULE, unknown.code());
    assertTrue(unknown.toString().contains("count_nonzero, min_max, norm1"), unknown.toString());
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused(RuleSpec.of("norm1").with("p", 1)).code());
    for (double k : new double[] {0, 1.5, Double.NaN, 1e9}) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, refused(RuleSpec.of("top_k").with("k", k)).code());
    }
    assertEquals(
        ErrorCode.INVALID_ARGUMENT, refused(RuleSpec.of("top_k").with("column", 2)).code());
  }

  private HoldfastException refused(RuleSpec spec) {
    return assertThrows(HoldfastException.class, () -> rules.function(spec, TABLE));
  }

  private static double orLargest(float value) {
    return Float.isNaN(value) ? Double.POSITIVE_INFINITY : value;
  }

  private RangeFunction.Result merged(String name, float[]... rows) {
    return merged(RuleSpec.of(name), rows);
  }

  /** Over two ranges, cut in the middle. */
  private RangeFunction.Result merged(RuleSpec spec, float[]... rows) {
    var first = rules.function(spec, TABLE);
    var second = rules.function(spec, TABLE);
    for (int i = 0; i < rows.length; i++) {
      (i < rows.length / 2 ? first : second).accept(i, rows[i], 0, 2);
    }
    first.merge(second);
    return first.result();
  }
}
