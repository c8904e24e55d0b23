package io.holdfast.tools.train;

import io.holdfast.filter.PushFilter;
import io.holdfast.filter.PushedRows;
import java.util.function.LongPredicate;

/**
 * The KKT filter as a filter of the user's own (Li et al., OSDI '14, section 3.6 and 5.1):
 * gradients of weights that rest at zero are not sent. They are dropped, not carried: each is a
 * part of the gradient of one moment, and nobody else sends the other parts either. The push takes
 * its seqs as ever.
 *
 * @param rests whether the weight of this key rests now
 */
record RestFilter(LongPredicate rests) implements PushFilter {
  @Override
  public String description() {
    return "rest";
  }

  @Override
  public Stage open(int width, int rank) {
    return this::drop;
  }

  private void drop(PushedRows rows) {
    for (int row = 0; row < rows.count(); row++) {
      if (rests.test(rows.key(row))) {
        rows.drop(row);
      }
    }
  }
}
