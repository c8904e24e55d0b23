package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.Map;

/**
 * How block proximal gradient goes about it.
 *
 * @param blocks that the features are cut into; one is changed in each iteration, which is a clock
 * @param delay a worker begins an iteration without the results of so many before it
 * @param step of the weights, as a part of the one that the bound of the curvature allows: above 1
 *     steps are longer, and from 2 on the objective may grow
 * @param kkt whether gradients of weights that rest at zero are left out
 * @param recheckEvery so many passes all weights are looked at, resting or not
 * @param tolerance the run ends once no weight has changed by more in such a pass; 0: after its
 *     passes
 */
record BlockSettings(
    int blocks, int delay, double step, boolean kkt, int recheckEvery, double tolerance) {
  static final double STEP = 1.7;

  BlockSettings {
    require(blocks >= 1, "--blocks must be 1 or more, not " + blocks);
    require(
        delay >= 0 && delay < blocks,
        "--delay must be 0 or more, and fewer than --blocks (a block has to be known before it is"
            + " changed again), not "
            + delay);
    require(step > 0 && step < 2, "--step must be above 0 and below 2, not " + step);
    require(recheckEvery >= 1, "--kkt-recheck must be 1 or more, not " + recheckEvery);
    require(
        tolerance >= 0 && Double.isFinite(tolerance),
        "--tolerance must be 0 or more, not " + tolerance);
  }

  /** Whether a pass, of so many, looks at the weights that rest too. */
  boolean looksAtAll(long pass, int passes) {
    return !kkt || pass % recheckEvery == 0 || pass == passes - 1;
  }

  /** Adds the options that decide what the workers push. */
  void decide(Map<String, String> options) {
    options.put("--blocks", "" + blocks);
    options.put("--delay", "" + delay);
    options.put("--step", "" + step);
    options.put("--no-kkt", "" + !kkt);
    options.put("--kkt-recheck", "" + recheckEvery);
    options.put("--tolerance", "" + tolerance);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }
}
