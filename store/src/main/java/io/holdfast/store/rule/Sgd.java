package io.holdfast.store.rule;

import io.holdfast.plugin.UpdateContext;

/**
 * Stochastic gradient descent: {@code w -= (learning_rate * scale) * u} (Robbins and Monro, 1951;
 * Bottou, Curtis and Nocedal, "Optimization methods for large-scale machine learning", 2018,
 * algorithm 4.1). No state. {@code learning_rate} is 0.01 unless given.
 */
final class Sgd implements SteppedRule {
  private final float learningRate;

  Sgd(Parameters parameters) {
    learningRate = parameters.positive("learning_rate", 0.01);
  }

  @Override
  public int stateWidth(int width) {
    return 0;
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    float rate = learningRate * context.learningRateScale();
    for (int i = 0; i < width; i++) {
      values[at + i] -= rate * update[updateAt + i];
    }
  }

  @Override
  public float step(float[] values, int at, int column, int width, UpdateContext context) {
    return learningRate * context.learningRateScale();
  }
}
