package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.model.Initial;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each rule against its paper's formula, worked out in double precision for one coordinate from the
 * whole sequence of its gradients (closed forms over sums, not the rule's recurrences). Weights are
 * within {@link #ULPS} float32 ulps of the largest magnitude met: rounding errors add up over
 * steps.
 */
class RuleFormulasTest {
  private static final int STEPS = 12;
  private static final int ULPS = 64;
  private static final long SEED = 20260121;
  private static final int ROWS = 3;

  /** The weight after all gradients, from the first weight. */
  interface Formula {
    double weight(double first, double[] gradients, double[] scales);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void sgdFollowsTheSumOfScaledGradients(int width) {
    check(
        Rules.sgd(0.25),
        width,
        (w, g, s) -> w - 0.25 * IntStream.range(0, g.length).mapToDouble(t -> s[t] * g[t]).sum());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void meanDividesByTheGroupSize(int width) {
    // `check` pushes as one of four workers.
    check(
        Rules.mean(),
        width,
        (w, g, s) -> w + IntStream.range(0, g.length).mapToDouble(t -> g[t]).sum() / 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void momentumIsAGeometricSumOfGradients(int width) {
    check(Rules.momentum(0.1, 0.8), width, (w, g, s) -> momentum(w, g, s, 0.1, 0.8, false));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void nesterovLooksOneStepAhead(int width) {
    check(
        Rules.momentum(0.1, 0.8).with("nesterov", 1),
        width,
        (w, g, s) -> momentum(w, g, s, 0.1, 0.8, true));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void adagradDividesByTheNormOfAllGradientsSoFar(int width) {
    double rate = 0.5;
    check(
        Rules.adagrad(rate).with("initial_accumulator", 0.1).with("epsilon", 1e-3),
        width,
        (w, g, s) -> {
          for (int t = 0; t < g.length; t++) {
            double squares = 0.1 + IntStream.rangeClosed(0, t).mapToDouble(k -> g[k] * g[k]).sum();
            w -= rate * s[t] * g[t] / (Math.sqrt(squares) + 1e-3);
          }
          return w;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void adamCorrectsItsMovingAverages(int width) {
    double rate = 0.05;
    check(
        Rules.adam(rate),
        width,
        (w, g, s) -> {
          for (int t = 1; t <= g.length; t++) {
            double m = average(g, t, 0.9, 1);
            double v = average(g, t, 0.999, 2);
            w -= rate * s[t - 1] * m / (Math.sqrt(v) + 1e-8);
          }
          return w;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void ftrlMinimisesTheSumOfLinearAndProximalTerms(int width) {
    checkFrom(
        0,
        Rules.ftrl(0.3, 1.5, 0.2, 0.1),
        width,
        (first, g, s) -> ftrl(first, g, s, 0.3, 1.5, 0.2, 0.1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void ftrlWithoutPenaltiesIsGradientDescentFromAnyInitialValue(int width) {
    check(
        Rules.ftrl(0.3, 1.5, 0, 0),
        width,
        (w, g, s) -> {
          for (int t = 0; t < g.length; t++) {
            double squares = IntStream.rangeClosed(0, t).mapToDouble(k -> g[k] * g[k]).sum();
            w -= s[t] * 0.3 / (1.5 + Math.sqrt(squares)) * g[t];
          }
          return w;
        });
  }

  /**
   * The weight as the argmin of McMahan et al.'s equation 1, kept as the list of past weights and
   * gradients: sum of g * w + 1/2 sum of sigma_s (w - w_s)^2 + l1 |w| + (l2 + beta / alpha) / 2
   * w^2, found by search and not by the closed form.
   */
  private static double ftrl(
      double first, double[] g, double[] s, double alpha, double beta, double l1, double l2) {
    double[] weights = new double[g.length + 1];
    weights[0] = first;
    for (int t = 0; t < g.length; t++) {
      int last = t;
      weights[t + 1] =
          Minimum.of(
              w -> {
                double objective = l1 * Math.abs(w) + (l2 + beta / alpha) / 2 * w * w;
                double squares = 0;
                for (int k = 0; k <= last; k++) {
                  double before = Math.sqrt(squares);
                  squares += g[k] * g[k];
                  double sigma = (Math.sqrt(squares) - before) / alpha;
                  objective += s[k] * g[k] * w + sigma / 2 * (w - weights[k]) * (w - weights[k]);
                }
                return objective;
              },
              -20,
              20);
    }
    return weights[g.length];
  }

  private static double momentum(
      double w, double[] g, double[] s, double rate, double momentum, boolean nesterov) {
    for (int t = 0; t < g.length; t++) {
      int now = t;
      double velocity =
          IntStream.rangeClosed(0, t).mapToDouble(k -> Math.pow(momentum, now - k) * g[k]).sum();
      w -= rate * s[t] * (nesterov ? g[t] + momentum * velocity : velocity);
    }
    return w;
  }

  /**
   * Kingma and Ba's equation 1: the decaying average as a sum, divided by the sum of its weights.
   */
  private static double average(double[] g, int t, double beta, int power) {
    double sum = 0;
    double weights = 0;
    for (int k = 1; k <= t; k++) {
      double weight = Math.pow(beta, t - k);
      sum += weight * Math.pow(g[k - 1], power);
      weights += weight;
    }
    return sum / weights;
  }

  private static void check(RuleSpec rule, int width, Formula formula) {
    checkFrom(0.7f, rule, width, formula);
  }

  private static void checkFrom(float first, RuleSpec rule, int width, Formula formula) {
    var random = new Random(SEED);
    var table =
        TableSpec.sparse().width(width).rule(rule).initial(new Initial.Constant(first)).build();
    var pushes = new Pushes(table, ROWS);
    for (int i = 0; i < ROWS * width; i++) {
      pushes.set(i / width, i % width, first);
    }
    double[][] gradients = new double[ROWS * width][STEPS];
    double[] scales = new double[STEPS];
    for (int t = 0; t < STEPS; t++) {
      float[] update = Pushes.gaussian(random, ROWS * width);
      float scale = t % 3 == 0 ? 1 : 1f / (t % 3 + 1);
      scales[t] = scale;
      for (int i = 0; i < update.length; i++) {
        gradients[i][t] = update[i];
      }
      pushes.push(new UpdateContext(t, 0, 0, scale, 4), update);
    }
    for (int i = 0; i < ROWS * width; i++) {
      double expected = formula.weight(first, gradients[i], scales);
      double largest = Math.max(4, Math.abs(expected));
      assertEquals(
          expected,
          pushes.value(i / width, i % width),
          ULPS * (double) Math.ulp((float) largest),
          rule + ", width " + width + ", coordinate " + i + ", seed " + SEED);
    }
  }
}
