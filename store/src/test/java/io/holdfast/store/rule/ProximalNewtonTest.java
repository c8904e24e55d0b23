package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProximalNewtonTest {
  private static final long SEED = 20261121;

  @Test
  void aStepEndsWhereTheModelOfTheObjectiveIsLeastWithinTheRadius() {
    var random = new Random(SEED);
    for (int trial = 0; trial < 2_000; trial++) {
      float l1 = random.nextInt(3);
      float l2 = random.nextInt(2);
      float weight = random.nextInt(3) == 0 ? 0 : (float) random.nextGaussian();
      float gradient = (float) (3 * random.nextGaussian());
      float curvature = 0.1f + random.nextFloat() * 3;
      double scale = trial % 2 == 0 ? 1 : 0.5;
      var pushes = pushes(Rules.proximalNewton(l1, l2, 0).with("radius", 0.75));
      pushes.set(0, 0, weight);
      pushes.push(Pushes.scaled((float) scale), gradient, curvature);
      double free =
          Minimum.of(
              x ->
                  gradient * x
                      + curvature / scale / 2 * (x - weight) * (x - weight)
                      + l1 * Math.abs(x)
                      + l2 / 2 * x * x,
              -200,
              200);
      double least = Math.max(weight - 0.75, Math.min(weight + 0.75, free)); // it is convex
      assertEquals(
          least,
          pushes.value(0, 0),
          2e-5,
          () -> weight + " by " + gradient + ", " + curvature + ", " + l1 + ", " + l2);
    }
  }

  @Test
  void theRadiusGrowsWithLongStepsAndShrinksWithShortOnesDownToABound() {
    var pushes = pushes(Rules.proximalNewton(0, 0, 0).with("radius", 2));
    pushes.push(Pushes.PLAIN, -100, 1);
    assertEquals(2, pushes.value(0, 0), "as far as the first radius");
    assertEquals(4, pushes.value(0, 1));
    pushes.push(Pushes.PLAIN, -100, 1);
    assertEquals(6, pushes.value(0, 0));
    assertEquals(8, pushes.value(0, 1));
    pushes.push(Pushes.PLAIN, -5, 1);
    assertEquals(11, pushes.value(0, 0));
    assertEquals(10, pushes.value(0, 1), "twice the step");
    pushes.push(Pushes.PLAIN, -1, 1);
    assertEquals(5, pushes.value(0, 1), "half of the radius");
    for (int i = 0; i < 40; i++) {
      pushes.push(Pushes.PLAIN, 0, 1);
    }
    assertEquals(2 / 64f, pushes.value(0, 1));
    assertEquals(12, pushes.value(0, 0));
  }

  @Test
  void aZeroWeightOfSmallGradientIsMarkedAndKeepsItsRadius() {
    var pushes = pushes(Rules.proximalNewton(1, 0, 0.75));
    pushes.push(Pushes.PLAIN, 0.5f, 1);
    assertEquals(0, pushes.value(0, 0));
    assertEquals(-0.5f, pushes.value(0, 1), "rests");
    pushes.push(Pushes.PLAIN, -0.9f, 1);
    assertEquals(0.25f, pushes.value(0, 1), "zero, but its gradient is close to l1");
    pushes.push(Pushes.PLAIN, 0.75f, 1);
    assertEquals(-0.125f, pushes.value(0, 1), "rests again");
    pushes.push(Pushes.PLAIN, -2, 10);
    assertEquals(0.1f, pushes.value(0, 0), "is woken by a gradient");
    assertEquals(0.2f, pushes.value(0, 1));
  }

  @Test
  void withoutAThresholdNothingRests() {
    var pushes = pushes(Rules.proximalNewton(1, 0, 0));
    pushes.push(Pushes.PLAIN, 0, 1);
    assertEquals(0.5f, pushes.value(0, 1));
  }

  @Test
  void eachWeightOfARowIsSteppedByItself() {
    var rule = Rules.proximalNewton(1, 0, 0.75).with("radius", 100);
    var pushes = new Pushes(TableSpec.sparse().width(4).rule(rule).build(), 1);
    pushes.push(Pushes.PLAIN, -3, 0.5f, 2, 1);
    assertEquals(1, pushes.value(0, 0));
    assertEquals(0, pushes.value(0, 1));
    assertEquals(50, pushes.value(0, 2));
    assertEquals(-50, pushes.value(0, 3));
  }

  @Test
  void curvatureThatIsMissingIsBoundedByTheRadiusAlone() {
    for (float curvature : new float[] {0, -1}) {
      var pushes = pushes(Rules.proximalNewton(1, 0, 0));
      pushes.push(Pushes.PLAIN, -2, curvature);
      assertEquals(1, pushes.value(0, 0));
      pushes.push(Pushes.PLAIN, 0.5f, curvature);
      assertEquals(0, pushes.value(0, 0), "the penalty is larger than the gradient");
    }
  }

  @Test
  void aRowThatCannotBeHalvedIsRefused() {
    var refused = refused(TableSpec.sparse().width(3).rule(Rules.proximalNewton(1, 0, 0)).build());
    assertTrue(refused.getMessage().contains("even, not 3"), refused.getMessage());
  }

  @Test
  void takesNoOperator() {
    var refused =
        refused(
            TableSpec.sparse()
                .width(2)
                .rule(Rules.proximalNewton(1, 0, 0))
                .proximal(Rules.proximalL1(1))
                .build());
    assertTrue(refused.getMessage().contains("l1 and l2 of its own"), refused.getMessage());
  }

  private static HoldfastException refused(TableSpec table) {
    var refused = assertThrows(HoldfastException.class, () -> InstalledRules.builtIn().rule(table));
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
    return refused;
  }

  private static Pushes pushes(RuleSpec rule) {
    return new Pushes(TableSpec.sparse().width(2).rule(rule).build(), 1);
  }
}
