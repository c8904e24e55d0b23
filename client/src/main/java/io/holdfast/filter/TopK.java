package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.Arrays;

/**
 * Sends the largest rows of each push, by their norm, and carries the rest: gradient dropping (Aji
 * and Heafield, EMNLP '17; Lin et al., "Deep Gradient Compression", ICLR '18). Whole rows are
 * chosen; of equal norms those that come first.
 *
 * @param fraction of the rows of a push that are sent, above 0 and at most 1; one row at the least
 */
public record TopK(double fraction) implements PushFilter {
  public TopK {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "the fraction of top-k must be above 0 and at most 1, not " + fraction);
    }
  }

  @Override
  public String description() {
    return "top-k:" + fraction;
  }

  @Override
  public Stage open(int width, int rank) {
    return this::holdSmallest;
  }

  private void holdSmallest(PushedRows rows) {
    int most = (int) Math.ceil(fraction * rows.count());
    int surplus = rows.kept() - most;
    if (surplus <= 0) {
      return;
    }
    double[] norms = new double[rows.kept()];
    int count = 0;
    for (int row = 0; row < rows.count(); row++) {
      if (rows.isKept(row)) {
        norms[count++] = rows.norm(row);
      }
    }
    Arrays.sort(norms);
    double limit = norms[surplus];
    int below = 0;
    while (norms[below] < limit) {
      below++;
    }
    int equalToHold = surplus - below;
    for (int row = rows.count() - 1; row >= 0; row--) {
      if (rows.isKept(row)) {
        double norm = rows.norm(row);
        if (norm < limit || (norm == limit && equalToHold-- > 0)) {
          rows.hold(row);
        }
      }
    }
  }
}
