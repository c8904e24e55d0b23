package io.holdfast.store.rule;

import io.holdfast.plugin.StateTensor;
import io.holdfast.plugin.UpdateContext;
import java.util.List;

/**
 * AdaGrad with a diagonal matrix: {@code n += u * u; w -= (learning_rate * scale) * u /
 * (sqrt(initial_accumulator + n) + epsilon)} (Duchi, Hazan and Singer, "Adaptive subgradient
 * methods for online learning and stochastic optimization", JMLR 2011, figure 1, composite mirror
 * descent update).
 *
 * <p>State: {@code n[width]}, without the initial accumulator, so that it begins as zero. Unless
 * given, {@code learning_rate} is 0.1, {@code epsilon} 1e-8, {@code initial_accumulator} 0.
 */
final class AdaGrad implements SteppedRule {
  private final float learningRate;
  private final float epsilon;
  private final float initialAccumulator;

  AdaGrad(Parameters parameters) {
    learningRate = parameters.positive("learning_rate", 0.1);
    epsilon = parameters.positive("epsilon", 1e-8);
    initialAccumulator = parameters.notNegative("initial_accumulator", 0);
  }

  @Override
  public int stateWidth(int width) {
    return width;
  }

  @Override
  public List<StateTensor> stateTensors(int width) {
    return List.of(new StateTensor("n", width));
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    float rate = learningRate * context.learningRateScale();
    for (int i = 0; i < width; i++) {
      float u = update[updateAt + i];
      float n = values[at + width + i] + u * u;
      values[at + width + i] = n;
      values[at + i] -= rate * u / norm(n);
    }
  }

  @Override
  public float step(float[] values, int at, int column, int width, UpdateContext context) {
    return learningRate * context.learningRateScale() / norm(values[at + width + column]);
  }

  private float norm(float n) {
    return (float) Math.sqrt(initialAccumulator + n) + epsilon;
  }
}
