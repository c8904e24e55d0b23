package io.holdfast.store.rule;

import io.holdfast.plugin.RangeFunction;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * Functions that add up something of each value: {@code norm1} (sum of magnitudes), {@code norm2}
 * (root of the sum of squares), {@code sum}, {@code count_nonzero}. The answer is one number, 0 for
 * no rows.
 *
 * <p>Added in double precision in ascending order of keys and then of ranges, so the same rows give
 * the same bits; int64 values are rounded to double first. The square of no float32 or int64
 * overflows a double. A NaN makes the answer NaN, but for {@code count_nonzero}, which counts it.
 */
final class Fold implements RangeFunction {
  private final DoubleBinaryOperator step;
  private final DoubleUnaryOperator finish;
  private double total;

  private Fold(DoubleBinaryOperator step, DoubleUnaryOperator finish) {
    this.step = step;
    this.finish = finish;
  }

  static Fold norm1() {
    return new Fold((total, value) -> total + Math.abs(value), DoubleUnaryOperator.identity());
  }

  static Fold norm2() {
    return new Fold((total, value) -> total + value * value, Math::sqrt);
  }

  static Fold sum() {
    return new Fold(Double::sum, DoubleUnaryOperator.identity());
  }

  static Fold countNonZero() {
    return new Fold(
        (total, value) -> value == 0 ? total : total + 1, DoubleUnaryOperator.identity());
  }

  @Override
  public void accept(long key, float[] values, int at, int width) {
    double sum = total;
    for (int i = 0; i < width; i++) {
      sum = step.applyAsDouble(sum, values[at + i]);
    }
    total = sum;
  }

  @Override
  public void accept(long key, long[] values, int at, int width) {
    double sum = total;
    for (int i = 0; i < width; i++) {
      sum = step.applyAsDouble(sum, (double) values[at + i]);
    }
    total = sum;
  }

  @Override
  public void merge(RangeFunction other) {
    total += ((Fold) other).total;
  }

  @Override
  public Result result() {
    return new Result(new long[0], new double[] {finish.applyAsDouble(total)});
  }
}
