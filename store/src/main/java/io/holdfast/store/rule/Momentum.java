package io.holdfast.store.rule;

import io.holdfast.plugin.StateTensor;
import io.holdfast.plugin.UpdateContext;
import java.util.List;

/**
 * Gradient descent with momentum: {@code v = momentum * v + u; w -= (learning_rate * scale) * v}
 * (Polyak, 1964; Sutskever et al., "On the importance of initialization and momentum in deep
 * learning", ICML '13, equations 1 and 2, with the rate outside of the velocity). With {@code
 * nesterov} 1: {@code w -= (learning_rate * scale) * (u + momentum * v)} with the new {@code v},
 * which is their equations 3 and 4 at the point looked ahead to (Bengio et al., "Advances in
 * optimizing recurrent networks", 2012, equation 7).
 *
 * <p>State: {@code v[width]}. Unless given, {@code learning_rate} is 0.01, {@code momentum} 0.9,
 * {@code nesterov} 0.
 */
final class Momentum implements SteppedRule {
  private final float learningRate;
  private final float momentum;
  private final boolean nesterov;

  Momentum(Parameters parameters) {
    learningRate = parameters.positive("learning_rate", 0.01);
    momentum = parameters.fraction("momentum", 0.9);
    nesterov = parameters.flag("nesterov");
  }

  @Override
  public int stateWidth(int width) {
    return width;
  }

  @Override
  public List<StateTensor> stateTensors(int width) {
    return List.of(new StateTensor("v", width));
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    float rate = learningRate * context.learningRateScale();
    for (int i = 0; i < width; i++) {
      float u = update[updateAt + i];
      float v = momentum * values[at + width + i] + u;
      values[at + width + i] = v;
      values[at + i] -= rate * (nesterov ? u + momentum * v : v);
    }
  }

  @Override
  public float step(float[] values, int at, int column, int width, UpdateContext context) {
    return learningRate * context.learningRateScale();
  }
}
