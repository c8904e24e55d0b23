package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * For L1 problems: holds back the gradient of weights that are zero and will stay so. By the
 * Karush-Kuhn-Tucker conditions a weight is zero at the optimum where the magnitude of its gradient
 * is at most the strength of the penalty; a key whose row was zero when this worker last pulled it,
 * and whose gradient, with what was held back before, has no value of a larger magnitude than the
 * threshold, is not sent (Li et al., OSDI '14, section 5.1). What is held back is carried, not
 * lost.
 *
 * @param threshold the penalty's strength as one push sees it, or less: the more workers and pushes
 *     share the gradient, the smaller
 */
public record Kkt(double threshold) implements PushFilter {
  public Kkt {
    if (!(threshold > 0) || Double.isInfinite(threshold)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "the threshold of kkt must be above 0, not " + threshold);
    }
  }

  @Override
  public String description() {
    return "kkt:" + threshold;
  }

  @Override
  public Stage open(int width, int rank) {
    return new Zeros();
  }

  private final class Zeros implements Stage {
    private final KeyedRows zeros = new KeyedRows(0);

    @Override
    public void push(PushedRows rows) {
      for (int row = 0; row < rows.count(); row++) {
        if (largest(rows, row) <= threshold && zeros.contains(rows.key(row))) {
          rows.hold(row);
        }
      }
    }

    @Override
    public void pulled(RowView rows) {
      for (int row = 0; row < rows.count(); row++) {
        if (largest(rows, row) == 0) {
          zeros.put(rows.key(row));
        } else {
          zeros.remove(rows.key(row));
        }
      }
    }
  }

  private static double largest(RowView rows, int row) {
    float[] values = rows.values();
    int from = rows.offset(row);
    float largest = 0;
    for (int i = from; i < from + rows.width(); i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }
}
