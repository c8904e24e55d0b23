package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ClickLogTest {
  @Test
  void isTheSameForTheSameSeedAndAnotherForAnother() {
    assertEquals(print(log(3, 200, 0, 1), 200), print(log(3, 200, 0, 1), 200));
    assertNotEquals(print(log(3, 200, 0, 1), 200), print(log(4, 200, 0, 1), 200));
  }

  @Test
  void aWorkersStripeIsItsPartOfTheWhole() {
    Examples whole = log(3, 100, 0, 1);
    Examples stripe = log(3, 100, 1, 3);
    assertEquals(33, stripe.count());
    for (int row = 0; row < stripe.count(); row++) {
      assertEquals(print(whole, 1 + 3 * row, 2 + 3 * row), print(stripe, row, row + 1));
    }
  }

  @Test
  void trueWeightsTellClicksFromOthersAsWellAsTheirProbabilitiesSay() {
    Examples examples = log(9, 20_000, 0, 1);
    LinearModel truth = new ClickLog(9).truth();
    Metrics metrics = truth.evaluate(examples, examples.count());
    assertTrue(metrics.auc() > 0.75, metrics.toString());
    double clicks = 0;
    double expected = 0;
    double[] margins = truth.margins(examples, examples.count());
    for (int row = 0; row < margins.length; row++) {
      clicks += examples.isPositive(row) ? 1 : 0;
      expected += Metrics.sigmoid(margins[row]);
    }
    assertEquals(expected, clicks, 4 * Math.sqrt(expected), "calibrated");
  }

  @Test
  void fewFeaturesAreInMostExamples() {
    Examples examples = log(1, 5_000, 0, 1);
    int[] counts = new int[examples.columns()];
    for (int i = 0; i < examples.values(); i++) {
      counts[examples.column(i)]++;
    }
    java.util.Arrays.sort(counts);
    assertTrue(counts[counts.length - 1] > 2_500);
    assertTrue(counts[counts.length / 2] < 50);
  }

  private static Examples log(long seed, int count, int first, int step) {
    var into = new Examples.Builder(first, step);
    new ClickLog(seed).write(0, count, into);
    return into.build();
  }

  private static String print(Examples examples, int count) {
    return print(examples, 0, count);
  }

  private static String print(Examples examples, int from, int to) {
    var text = new StringBuilder();
    for (int row = from; row < to; row++) {
      text.append(examples.isPositive(row));
      for (int i = examples.start(row); i < examples.end(row); i++) {
        text.append(' ').append(examples.feature(examples.column(i)));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
