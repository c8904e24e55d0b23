package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.UpdateContext;
import org.jspecify.annotations.Nullable;

/**
 * The proximal operators of L1, L2 and both: {@code prox(v) = argmin over x of 1/2 (x - v)^2 + step
 * * (l1 * |x| + l2 / 2 * x^2)}, which is a soft threshold by {@code step * l1} and then a division
 * by {@code 1 + step * l2} (Parikh and Boyd, "Proximal algorithms", 2014, sections 6.5.2 and 6.5.3;
 * Zou and Hastie, 2005).
 *
 * <p><b>The step is that of the rule before it</b>, as in the proximal gradient method (Parikh and
 * Boyd, equation 4.6: {@code x = prox of step * h at (x - step * gradient)}; Duchi and Singer,
 * "Efficient online and batch learning using forward backward splitting", JMLR 2009, equations 2
 * and 3), so that the strength is the one in the objective {@code loss(w) + l1 * |w| + l2 / 2 *
 * w^2}, whatever the learning rate:
 *
 * <ul>
 *   <li>{@code sgd}, {@code momentum}: {@code learning_rate * scale};
 *   <li>{@code adagrad}: per column, {@code learning_rate * scale / (sqrt(initial_accumulator + n)
 *       + epsilon)} with the new {@code n} (Duchi, Hazan and Singer, JMLR 2011, section 5: the
 *       composite update in the metric of the rule);
 *   <li>{@code adam}: per column, {@code learning_rate * scale / (sqrt(v / (1 - beta2^t)) +
 *       epsilon)} (Yun, Lozano and Yang, "Adaptive proximal gradient methods for structured neural
 *       networks", NeurIPS '21, algorithm 1);
 *   <li>{@code add}, {@code assign}, {@code mean} and plug-ins have no rate that the server knows:
 *       the step is 1, and the strength is the threshold itself.
 * </ul>
 *
 * <p>Applied to the pushed rows only, when they are pushed. An infinite threshold makes zero; NaN
 * stays NaN.
 */
final class ElasticNet implements RowRule {
  private final float l1;
  private final float l2;
  private final @Nullable SteppedRule rule;

  private ElasticNet(float l1, float l2, RowRule rule) {
    this.l1 = l1;
    this.l2 = l2;
    this.rule = rule instanceof SteppedRule stepped ? stepped : null;
  }

  static ElasticNet l1(Parameters parameters, RowRule rule) {
    return new ElasticNet(parameters.notNegative("strength", 0), 0, rule);
  }

  static ElasticNet l2(Parameters parameters, RowRule rule) {
    return new ElasticNet(0, parameters.notNegative("strength", 0), rule);
  }

  static ElasticNet both(Parameters parameters, RowRule rule) {
    return new ElasticNet(parameters.notNegative("l1", 0), parameters.notNegative("l2", 0), rule);
  }

  @Override
  public int stateWidth(int width) {
    return 0;
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    for (int i = 0; i < width; i++) {
      float step = rule == null ? 1 : rule.step(values, at, i, width, context);
      values[at + i] = shrink(values[at + i], step * l1) / (1 + step * l2);
    }
  }

  private static float shrink(float value, float threshold) {
    if (value > threshold) {
      return value - threshold;
    }
    if (value < -threshold) {
      return value + threshold;
    }
    return Float.isNaN(value) ? value : 0;
  }
}
