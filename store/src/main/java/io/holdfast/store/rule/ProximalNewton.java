package io.holdfast.store.rule;

import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.UpdateContext;

/**
 * One step of block proximal gradient with a diagonal second order (Li et al., OSDI '14, algorithm
 * 3; Li et al., "Communication efficient distributed machine learning with the parameter server",
 * NIPS '14, algorithm 1). A row of width {@code 2 n} holds {@code n} weights {@code w} and behind
 * them as many trust radii {@code r}; a push holds the gradient {@code g} of the loss at {@code w}
 * and behind it the curvature {@code u}, both summed over all examples. Per weight:
 *
 * <pre>{@code
 * w' = argmin over x of g * x + u / (2 * scale) * (x - w)^2 + l1 * |x| + l2 / 2 * x^2
 *      where |x - w| <= |r|
 * r' = max(2 * |w' - w|, |r| / 2), at least radius / 64
 * }</pre>
 *
 * <p>The loss falls where {@code u} is above half of its second derivative on the whole way. The
 * radius bounds that way, so that who pushes can bound the second derivative on it: it grows while
 * steps are long, and shrinks where they are short (Genkin, Lewis and Madigan, "Large-scale
 * Bayesian logistic regression for text categorization", Technometrics 2007, section 3). A radius
 * of 0 is that of a new row, and means {@code radius}.
 *
 * <p><b>KKT filter.</b> Where {@code w'} is zero and {@code |g| <= rest} the radius is stored as a
 * negative number: the weight is as the Karush-Kuhn-Tucker conditions of the L1 problem want it, by
 * a distance of {@code l1 - rest}. So everyone who pulls the row learns that its gradient need not
 * be pushed for a while, and all of them decide alike (Li et al., OSDI '14, section 5.1; shrinking:
 * Yuan, Ho and Lin, "An improved GLMNET for L1-regularized logistic regression", JMLR 2012, section
 * 4). With {@code rest} 0 there is no such mark.
 *
 * <p>Made for sequential tables, where the pushes of a clock are summed first; each push by itself
 * would be taken for the whole sum. Unless given, {@code l1} is 1, {@code l2} 0, {@code radius} 1
 * and {@code rest} 0. A curvature below 0 counts as 0. NaN stays NaN. Takes no proximal operator.
 */
final class ProximalNewton implements RowRule {
  private static final double LEAST_OF_RADIUS = 1.0 / 64;
  private static final double MOST_OF_RADIUS = 1 << 20;

  private final double l1;
  private final double l2;
  private final double radius;
  private final double rest;

  ProximalNewton(Parameters parameters) {
    l1 = parameters.notNegative("l1", 1);
    l2 = parameters.notNegative("l2", 0);
    radius = parameters.positive("radius", 1);
    rest = parameters.notNegative("rest", 0);
  }

  /**
   * @throws IllegalArgumentException where a row cannot be halved
   */
  void checkWidth(int width) {
    if (width % 2 != 0) {
      throw new IllegalArgumentException(
          "its rows are weights and as many radii, so their width is even, not " + width);
    }
  }

  @Override
  public int stateWidth(int width) {
    return 0;
  }

  @Override
  public void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
    int half = width / 2;
    for (int i = 0; i < half; i++) {
      double gradient = update[updateAt + i];
      double curvature = Math.max(0.0, update[updateAt + half + i]) / context.learningRateScale();
      float weight = values[at + i];
      float known = values[at + half + i];
      double reach = known == 0 ? radius : Math.abs(known);
      double step = least(weight, gradient, curvature) - weight;
      float moved = (float) (weight + Math.max(-reach, Math.min(reach, step)));
      double next = Math.max(2.0 * Math.abs(moved - weight), reach / 2);
      next = Math.max(radius * LEAST_OF_RADIUS, Math.min(radius * MOST_OF_RADIUS, next));
      boolean rests = rest > 0 && moved == 0 && Math.abs(gradient) <= rest;
      values[at + i] = moved;
      values[at + half + i] = (float) (rests ? -next : next);
    }
  }

  /** Without the radius; an infinity where nothing else bounds it. */
  private double least(double weight, double gradient, double curvature) {
    double pull = curvature * weight - gradient;
    if (Math.abs(pull) <= l1) {
      return 0;
    }
    return (pull - Math.signum(pull) * l1) / (curvature + l2);
  }
}
