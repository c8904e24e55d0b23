package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.UpdateContext;

/**
 * A built-in rule of the form {@code w -= step * direction}: it can tell the step of each column,
 * by which a proximal operator after it multiplies its strength.
 */
interface SteppedRule extends RowRule {
  /**
   * The step of one column in the update that was just applied with this context: above 0, or an
   * infinity or NaN where the state holds such.
   */
  float step(float[] values, int at, int column, int width, UpdateContext context);
}
