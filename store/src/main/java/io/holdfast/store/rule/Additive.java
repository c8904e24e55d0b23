package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.UpdateContext;

/** {@code w += u}, row by row, for where proximal operators follow; {@link AddRows} otherwise. */
final class Additive implements RowRule {
  @Override
  public int stateWidth(int width) {
    return 0;
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    for (int i = 0; i < width; i++) {
      values[at + i] += update[updateAt + i];
    }
  }
}
