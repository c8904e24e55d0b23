package io.holdfast.store.rows;

import io.holdfast.model.Initial;

/**
 * What rows are before they are written: depends on seed, key and column alone, with the same bits
 * on every machine ({@link StrictMath}), so that every replica and every replay makes the same row.
 *
 * <p>Draws are the SplitMix64 finaliser (Steele, Lea, Flood, OOPSLA '14) over seed, key and column;
 * normal values are pairs by Box and Muller (1958), columns {@code 2j} and {@code 2j + 1}.
 */
public final class InitialRow {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private InitialRow() {}

  /** Writes the values of one row. */
  public static void fill(Initial initial, long key, float[] target, int at, int width) {
    if (initial instanceof Initial.Constant constant) {
      java.util.Arrays.fill(target, at, at + width, (float) constant.value());
    } else if (initial instanceof Initial.Uniform uniform) {
      fillUniform(uniform, key, target, at, width);
    } else if (initial instanceof Initial.Normal normal) {
      fillNormal(normal, key, target, at, width);
    }
  }

  private static void fillUniform(
      Initial.Uniform uniform, long key, float[] target, int at, int width) {
    long row = rowSeed(uniform.seed(), key);
    double low = uniform.low();
    double span = uniform.high() - low;
    for (int column = 0; column < width; column++) {
      float value = (float) (low + unit(draw(row, column)) * span);
      // Rounding to float may reach the excluded bound.
      target[at + column] = value >= uniform.high() ? Math.nextDown((float) uniform.high()) : value;
    }
  }

  private static void fillNormal(
      Initial.Normal normal, long key, float[] target, int at, int width) {
    long row = rowSeed(normal.seed(), key);
    for (int column = 0; column < width; column += 2) {
      // 1 - u lies in (0, 1], where the logarithm is finite.
      double first = 1 - unit(draw(row, column));
      double angle = 2 * Math.PI * unit(draw(row, column + 1));
      double radius = normal.standardDeviation() * StrictMath.sqrt(-2 * StrictMath.log(first));
      target[at + column] = (float) (normal.mean() + radius * StrictMath.cos(angle));
      if (column + 1 < width) {
        target[at + column + 1] = (float) (normal.mean() + radius * StrictMath.sin(angle));
      }
    }
  }

  private static long rowSeed(long seed, long key) {
    return mix(mix(seed + GAMMA) + key * GAMMA);
  }

  private static long draw(long rowSeed, int column) {
    return mix(rowSeed + (column + 1) * GAMMA);
  }

  /** 53 bits as a double in [0, 1). */
  private static double unit(long bits) {
    return (bits >>> 11) * 0x1.0p-53;
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
