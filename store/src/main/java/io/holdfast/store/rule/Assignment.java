package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.UpdateContext;

/** {@code w = u}, row by row, for where proximal operators follow; {@link AssignRows} otherwise. */
final class Assignment implements RowRule {
  @Override
  public int stateWidth(int width) {
    return 0;
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    System.arraycopy(update, updateAt, values, at, width);
  }
}
