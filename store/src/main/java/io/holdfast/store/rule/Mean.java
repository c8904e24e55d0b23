package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.UpdateContext;

/**
 * {@code w += u / workers}: when every worker of the group has pushed once, the row has grown by
 * the mean of their updates (Zinkevich et al., "Parallelized stochastic gradient descent", NIPS
 * '10, algorithm 3, one update at a time). No state, no parameters.
 */
final class Mean implements RowRule {
  @Override
  public int stateWidth(int width) {
    return 0;
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    float workers = context.workers();
    for (int i = 0; i < width; i++) {
      values[at + i] += update[updateAt + i] / workers;
    }
  }
}
