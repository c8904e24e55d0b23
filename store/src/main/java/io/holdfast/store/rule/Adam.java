package io.holdfast.store.rule;

import io.holdfast.plugin.StateTensor;
import io.holdfast.plugin.UpdateContext;
import java.util.List;

/**
 * Adam with bias correction (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR '15,
 * algorithm 1), where {@code t} counts the updates of the row and not of the table, so a row that
 * is seldom pushed is corrected as if it were alone:
 *
 * <pre>{@code
 * t += 1
 * m = beta1 * m + (1 - beta1) * u
 * v = beta2 * v + (1 - beta2) * u * u
 * w -= (learning_rate * scale) * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * }</pre>
 *
 * <p>State: {@code m[width], v[width], t}. {@code t} is a float32 and stays at 2^24, where both
 * corrections have long been 1. Unless given, {@code learning_rate} is 0.001, {@code beta1} 0.9,
 * {@code beta2} 0.999, {@code epsilon} 1e-8.
 */
final class Adam implements SteppedRule {
  private final float learningRate;
  private final float beta1;
  private final float beta2;
  private final float epsilon;

  // The corrections for the last t: neighbouring rows often have the same, and pow is slow.
  private float correctedStep = -1;
  private float correction1;
  private float correction2;

  Adam(Parameters parameters) {
    learningRate = parameters.positive("learning_rate", 0.001);
    beta1 = parameters.fraction("beta1", 0.9);
    beta2 = parameters.fraction("beta2", 0.999);
    epsilon = parameters.positive("epsilon", 1e-8);
  }

  @Override
  public int stateWidth(int width) {
    return 2 * width + 1;
  }

  @Override
  public List<StateTensor> stateTensors(int width) {
    return List.of(
        new StateTensor("m", width), new StateTensor("v", width), new StateTensor("step", 1));
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    int firstMoment = at + width;
    int secondMoment = firstMoment + width;
    int count = secondMoment + width;
    values[count] += 1;
    correctFor(values[count]);
    float rate = learningRate * context.learningRateScale();
    for (int i = 0; i < width; i++) {
      float u = update[updateAt + i];
      float m = beta1 * values[firstMoment + i] + (1 - beta1) * u;
      float v = beta2 * values[secondMoment + i] + (1 - beta2) * u * u;
      values[firstMoment + i] = m;
      values[secondMoment + i] = v;
      values[at + i] -= rate * (m / correction1) / norm(v);
    }
  }

  @Override
  public float step(float[] values, int at, int column, int width, UpdateContext context) {
    correctFor(values[at + 3 * width]);
    return learningRate * context.learningRateScale() / norm(values[at + 2 * width + column]);
  }

  private float norm(float v) {
    return (float) Math.sqrt(v / correction2) + epsilon;
  }

  private void correctFor(float t) {
    if (t != correctedStep) {
      correction1 = (float) (1 - StrictMath.pow(beta1, t));
      correction2 = (float) (1 - StrictMath.pow(beta2, t));
      correctedStep = t;
    }
  }
}
