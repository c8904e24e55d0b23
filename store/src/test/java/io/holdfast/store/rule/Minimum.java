package io.holdfast.store.rule;

import java.util.function.DoubleUnaryOperator;

/**
 * The point where a strictly convex function, smooth but at zero, is least: by bisection on its
 * slope.
 */
final class Minimum {
  private Minimum() {}

  /** Within 1e-9 or so of the point; exactly 0 where the function is least at its kink. */
  static double of(DoubleUnaryOperator function, double low, double high) {
    double step = 1e-5;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (function.applyAsDouble(middle + step) > function.applyAsDouble(middle - step)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    double found = (low + high) / 2;
    return function.applyAsDouble(0) <= function.applyAsDouble(found) ? 0 : found;
  }
}
