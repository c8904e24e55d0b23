package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * Sends a row only when it has changed enough since it was sent last: its norm, with what was held
 * back before, has to reach a threshold (Li et al., OSDI '14, section 3.6: "significantly modified
 * filter"; Hsieh et al., NSDI '17, for the relative form). What is held back is carried, not lost.
 *
 * @param threshold least norm of a row that is sent, or least share of the norm that the row had
 *     when this worker pulled it last; a row that was not pulled, or was zero, is sent
 * @param relative which of the two
 */
public record SignificantlyModified(double threshold, boolean relative) implements PushFilter {
  public SignificantlyModified {
    if (!(threshold > 0) || Double.isInfinite(threshold)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "the threshold of significant must be above 0, not " + threshold);
    }
  }

  @Override
  public String description() {
    return (relative ? "significant-share:" : "significant:") + threshold;
  }

  @Override
  public Stage open(int width, int rank) {
    return relative ? new Relative() : this::holdBelow;
  }

  private void holdBelow(PushedRows rows) {
    for (int row = 0; row < rows.count(); row++) {
      if (rows.norm(row) < threshold) {
        rows.hold(row);
      }
    }
  }

  private final class Relative implements Stage {
    private final KeyedRows norms = new KeyedRows(1);
    private final float[] norm = new float[1];

    @Override
    public void push(PushedRows rows) {
      for (int row = 0; row < rows.count(); row++) {
        if (norms.copy(rows.key(row), norm, 0) && rows.norm(row) < threshold * norm[0]) {
          rows.hold(row);
        }
      }
    }

    @Override
    public void pulled(RowView rows) {
      for (int row = 0; row < rows.count(); row++) {
        norm[0] = (float) rows.norm(row);
        norms.put(rows.key(row), norm, 0);
      }
    }
  }
}
