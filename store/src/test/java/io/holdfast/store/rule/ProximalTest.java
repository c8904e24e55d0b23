package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import org.junit.jupiter.api.Test;

/** The operators against their definition: the x where 1/2 (x - v)^2 + step * h(x) is least. */
class ProximalTest {
  private static final double[] POINTS = {-3, -0.75, -0.3, -0.05, 0, 0.02, 0.31, 0.9, 2.5};

  interface Penalty {
    double at(double x);
  }

  @Test
  void afterAssignTheStrengthIsTheThresholdItself() {
    checkAgainstDefinition(Rules.proximalL1(0.3), x -> 0.3 * Math.abs(x));
    checkAgainstDefinition(Rules.proximalL2(0.3), x -> 0.3 / 2 * x * x);
    checkAgainstDefinition(
        Rules.proximalElasticNet(0.3, 0.7), x -> 0.3 * Math.abs(x) + 0.7 / 2 * x * x);
  }

  @Test
  void afterSgdTheStrengthIsTimesTheScaledLearningRate() {
    for (double point : POINTS) {
      double step = 0.2 * 0.5;
      var pushes = new Pushes(table(Rules.sgd(0.2), Rules.proximalElasticNet(0.4, 2)), 1);
      pushes.set(0, 0, (float) point);
      pushes.push(Pushes.scaled(0.5f), -0.6f);
      assertEquals(
          least(point + step * 0.6, x -> step * (0.4 * Math.abs(x) + x * x)),
          pushes.value(0, 0),
          1e-6);
    }
  }

  @Test
  void afterAdagradEachColumnHasItsOwnStep() {
    var pushes = new Pushes(table(Rules.adagrad(0.5), Rules.proximalL1(0.3)), 1);
    double weight = 0;
    double squares = 0;
    for (double gradient : new double[] {-1.5, -0.25, 0.1, -2, 0.05}) {
      squares += gradient * gradient;
      double step = 0.5 / Math.sqrt(squares);
      weight = least(weight - step * gradient, x -> step * 0.3 * Math.abs(x));
      pushes.push(Pushes.PLAIN, (float) gradient);
      assertEquals(weight, pushes.value(0, 0), 2e-6);
    }
  }

  @Test
  void afterAdamEachColumnHasItsOwnStep() {
    var pushes = new Pushes(table(Rules.adam(0.1), Rules.proximalL1(0.3)), 1);
    double weight = 0;
    double[] gradients = {-1.5, -0.25, 0.1, -2};
    for (int t = 1; t <= gradients.length; t++) {
      double m = 0;
      double v = 0;
      for (int k = 1; k <= t; k++) {
        m += 0.1 * Math.pow(0.9, t - k) * gradients[k - 1];
        v += 0.001 * Math.pow(0.999, t - k) * gradients[k - 1] * gradients[k - 1];
      }
      double step = 0.1 / Math.sqrt(v / (1 - Math.pow(0.999, t)));
      weight = least(weight - step * m / (1 - Math.pow(0.9, t)), x -> step * 0.3 * Math.abs(x));
      pushes.push(Pushes.PLAIN, (float) gradients[t - 1]);
      // beta2 as a float32 is off by 1e-8, which 1 - beta2 has as 1e-5 of itself
      assertEquals(weight, pushes.value(0, 0), 1e-5);
    }
  }

  @Test
  void operatorsAreAppliedInTheirOrder() {
    var pushes = new Pushes(table(Rules.assign(), Rules.proximalL1(0.5), Rules.proximalL2(1)), 1);
    pushes.push(Pushes.PLAIN, 1.5f);
    assertEquals(0.5f, pushes.value(0, 0));
    var turned = new Pushes(table(Rules.assign(), Rules.proximalL2(1), Rules.proximalL1(0.5)), 1);
    turned.push(Pushes.PLAIN, 1.5f);
    assertEquals(0.25f, turned.value(0, 0));
  }

  @Test
  void proximalGradientDescentReachesTheMinimumOfThePenalisedLoss() {
    // loss (w - 2)^2 / 2 + 0.5 |w| is least at 1.5, whatever the learning rate
    for (RuleSpec rule :
        new RuleSpec[] {Rules.sgd(0.1), Rules.sgd(0.4), Rules.adagrad(0.5), Rules.adam(0.01)}) {
      var pushes = new Pushes(table(rule, Rules.proximalL1(0.5)), 1);
      for (int i = 0; i < 3_000; i++) {
        pushes.push(Pushes.PLAIN, pushes.value(0, 0) - 2);
      }
      assertEquals(1.5, pushes.value(0, 0), 0.01, rule.toString());
    }
  }

  @Test
  void ftrlTakesNoOperator() {
    var refused =
        assertThrows(
            HoldfastException.class,
            () ->
                InstalledRules.builtIn()
                    .rule(table(Rules.ftrl(0.1, 1, 0, 0), Rules.proximalL1(0.1))));
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
  }

  private static void checkAgainstDefinition(RuleSpec operator, Penalty penalty) {
    for (double point : POINTS) {
      var pushes = new Pushes(table(Rules.assign(), operator), 1);
      pushes.push(Pushes.scaled(0.5f), (float) point);
      assertEquals(least(point, penalty), pushes.value(0, 0), 1e-6, operator + " at " + point);
    }
  }

  private static double least(double point, Penalty penalty) {
    return Minimum.of(x -> (x - point) * (x - point) / 2 + penalty.at(x), -10, 10);
  }

  private static TableSpec table(RuleSpec rule, RuleSpec... operators) {
    return TableSpec.sparse().rule(rule).proximal(operators).build();
  }
}
