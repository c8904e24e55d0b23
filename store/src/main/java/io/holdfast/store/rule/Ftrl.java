package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.StateTensor;
import io.holdfast.plugin.UpdateContext;
import java.util.List;

/**
 * FTRL-proximal per coordinate (McMahan et al., "Ad click prediction: a view from the trenches",
 * KDD '13, algorithm 1):
 *
 * <pre>{@code
 * sigma = (sqrt(n + u * u) - sqrt(n)) / alpha
 * z += scale * u - sigma * w
 * n += u * u
 * w = |z| <= l1 ? 0 : -(z - sign(z) * l1) / ((beta + sqrt(n)) / alpha + l2)
 * }</pre>
 *
 * <p><b>The scale of the learning rate</b> stands at the gradient. With {@code l1 = l2 = 0} the
 * algorithm is {@code w -= alpha / (beta + sqrt(n)) * u}, and with the scale at the gradient it is
 * exactly {@code w -= scale * alpha / (beta + sqrt(n)) * u}: this push's rate is scaled. Scaling
 * alpha itself in the last line would scale all that the row has learned, since {@code z} was
 * summed with the sigmas of another alpha.
 *
 * <p><b>An initial value other than zero</b> is taken over by the first update of a coordinate:
 * {@code z} begins where the last line gives that value, {@code -(w * (beta / alpha + l2) + sign(w)
 * * l1)}.
 *
 * <p>State: {@code z[width], n[width]}. Unless given, {@code alpha} is 0.1, {@code beta} 1, {@code
 * l1} and {@code l2} 0. {@code beta} is above 0, so the divisor is too. Takes no proximal operator:
 * its own are in the last line, and one after it would be undone by the next update.
 */
final class Ftrl implements RowRule {
  private final float alpha;
  private final float beta;
  private final float l1;
  private final float l2;

  Ftrl(Parameters parameters) {
    alpha = parameters.positive("alpha", 0.1);
    beta = parameters.positive("beta", 1);
    l1 = parameters.notNegative("l1", 0);
    l2 = parameters.notNegative("l2", 0);
  }

  @Override
  public int stateWidth(int width) {
    return 2 * width;
  }

  @Override
  public List<StateTensor> stateTensors(int width) {
    return List.of(new StateTensor("z", width), new StateTensor("n", width));
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    float scale = context.learningRateScale();
    for (int i = 0; i < width; i++) {
      float u = update[updateAt + i];
      float w = values[at + i];
      float z = values[at + width + i];
      float n = values[at + 2 * width + i];
      if (n == 0 && z == 0 && w != 0) {
        z = -(w * (beta / alpha + l2) + Math.signum(w) * l1);
      }
      float root = (float) Math.sqrt(n);
      n += u * u;
      float newRoot = (float) Math.sqrt(n);
      z += scale * u - (newRoot - root) / alpha * w;
      values[at + i] = weight(z, newRoot);
      values[at + width + i] = z;
      values[at + 2 * width + i] = n;
    }
  }

  private float weight(float z, float root) {
    if (Math.abs(z) <= l1) {
      return 0;
    }
    return -(z - Math.signum(z) * l1) / ((beta + root) / alpha + l2);
  }
}
