package io.holdfast.store.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Initial;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InitialRowTest {
  private static float[] row(Initial initial, long key, int width) {
    float[] row = new float[width];
    InitialRow.fill(initial, key, row, 0, width);
    return row;
  }

  @Test
  void constantRowsHoldTheConstant() {
    assertArrayEquals(new float[] {2.5f, 2.5f}, row(new Initial.Constant(2.5), -1, 2));
  }

  @Test
  void drawsAreTheSameBitsForEver() {
    assertArrayEquals(
        new int[] {1063680909, 1061316181, 1062034963},
        bits(row(new Initial.Uniform(-1, 1, 7), 0, 3)),
        "uniform key 0");
    assertArrayEquals(
        new int[] {1069809738, -1080491984, -1108671098},
        bits(row(new Initial.Normal(0, 1, 7), -1, 3)),
        "normal key 2^64 - 1");
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void aValueDependsOnItsColumnAndNotOnTheWidth() {
    for (Initial initial :
        new Initial[] {new Initial.Normal(0, 1, 3), new Initial.Uniform(0, 1, 3)}) {
      float[] wide = row(initial, 99, 8);
      for (int width = 1; width < 8; width++) {
        assertArrayEquals(Arrays.copyOf(wide, width), row(initial, 99, width), initial.toString());
      }
    }
  }

  @Test
  void seedsAndKeysMakeOtherRows() {
    long distinct =
        java.util.stream.LongStream.range(0, 10_000)
            .map(
                i -> Float.floatToRawIntBits(row(new Initial.Normal(0, 1, i % 100), i / 100, 1)[0]))
            .distinct()
            .count();
    assertTrue(distinct > 9_900, "distinct draws: " + distinct);
  }

  @Test
  void uniformDrawsFillTheirIntervalEvenly() {
    int count = 200_000;
    double sum = 0;
    double squares = 0;
    for (int key = 0; key < count / 4; key++) {
      for (float value : row(new Initial.Uniform(-2, 4, 11), key, 4)) {
        assertTrue(value >= -2 && value < 4, "value " + value);
        sum += value;
        squares += (double) value * value;
      }
    }
    assertEquals(1, sum / count, 0.02);
    assertEquals(3, squares / count - 1, 0.03);
  }

  @Test
  void theUpperBoundIsNotReachedByRounding() {
    float high = Math.nextUp(1f);
    for (int key = 0; key < 1_000; key++) {
      float value = row(new Initial.Uniform(1, high, 5), key, 1)[0];
      assertEquals(1f, value, "key " + key);
    }
  }

  @Test
  void normalDrawsHaveTheirMoments() {
    int count = 200_000;
    double[] moments = new double[5];
    for (int key = 0; key < count / 4; key++) {
      for (float value : row(new Initial.Normal(3, 2, 13), -key, 4)) {
        double z = (value - 3) / 2;
        for (int power = 1; power <= 4; power++) {
          moments[power] += Math.pow(z, power) / count;
        }
      }
    }
    assertEquals(0, moments[1], 0.01);
    assertEquals(1, moments[2], 0.02);
    assertEquals(0, moments[3], 0.04);
    assertEquals(3, moments[4], 0.1);
  }
}
