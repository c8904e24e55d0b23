package io.holdfast.tools.train;

import io.holdfast.tools.job.RunLife;
import java.util.Random;

/** Small problems, settings, and a solver that has nothing to do with the job. */
final class Problems {
  private Problems() {}

  /**
   * Examples with a third of the features each, values within -1 and 1, from random true weights.
   */
  static Examples random(int count, int features, long seed) {
    var random = new Random(seed);
    double[] truth = random.doubles(features, -2, 2).toArray();
    var examples = new Examples.Builder();
    for (int row = 0; row < count; row++) {
      double margin = 0.3;
      for (int feature = 0; feature < features; feature++) {
        if (random.nextInt(3) == 0) {
          float value = 2 * random.nextFloat() - 1;
          examples.add(10L * (feature + 1), value);
          margin += truth[feature] * value;
        }
      }
      examples.end(random.nextDouble() < Metrics.sigmoid(margin));
    }
    return examples.build();
  }

  static LrSettings settings(int workers, int passes, int batch, String consistency) {
    return settings(workers, passes, batch, consistency, LrSettings.Rule.FTRL, 1, false);
  }

  static LrSettings settings(
      int workers,
      int passes,
      int batch,
      String consistency,
      LrSettings.Rule rule,
      double l2,
      boolean resume) {
    return LrSettings.builder()
        .generatedExamples(1_000)
        .workers(workers)
        .passes(passes)
        .batch(batch)
        .consistency(consistency)
        .rule(rule)
        .alpha(0.1)
        .l2(l2)
        .seed(7)
        .life(new RunLife(resume, 0, RunLife.SAVE_EVERY))
        .build();
  }

  /** The model of least objective, by cyclic coordinate descent with Newton steps in double. */
  static LinearModel solve(Examples examples, double l2) {
    int dimensions = examples.columns() + 1;
    double[] w = new double[dimensions];
    double[] margins = new double[examples.count()];
    double[][] x = new double[dimensions][examples.count()];
    for (int row = 0; row < examples.count(); row++) {
      x[0][row] = 1;
      for (int i = examples.start(row); i < examples.end(row); i++) {
        x[examples.column(i) + 1][row] = examples.value(i);
      }
    }
    for (int sweep = 0; sweep < 60; sweep++) {
      for (int j = 0; j < dimensions; j++) {
        double slope = l2 * w[j];
        double curvature = l2;
        for (int row = 0; row < margins.length; row++) {
          double p = Metrics.sigmoid(margins[row]);
          slope += (p - (examples.isPositive(row) ? 1 : 0)) * x[j][row];
          curvature += p * (1 - p) * x[j][row] * x[j][row];
        }
        double step = -slope / curvature;
        w[j] += step;
        for (int row = 0; row < margins.length; row++) {
          margins[row] += step * x[j][row];
        }
      }
    }
    float[] weights = new float[dimensions];
    for (int j = 0; j < dimensions; j++) {
      weights[j] = (float) w[j];
    }
    return new LinearModel(LinearModel.keysOf(examples, true), weights);
  }

  /**
   * The model of least {@code sum of log-losses + l1 * |w|_1}, without an intercept, by cyclic
   * coordinate descent in double: each step goes to the least of a parabola above the loss.
   */
  static LinearModel solveL1(Examples examples, double l1) {
    var columns = BlockColumns.of(examples, 0, 1, false);
    double[] w = new double[columns.features()];
    double[] margins = new double[examples.count()];
    double change = 1;
    for (int sweep = 0; change > 1e-9 && sweep < 20_000; sweep++) {
      change = 0;
      for (int j = 0; j < w.length; j++) {
        double slope = 0;
        double curvature = 0;
        for (int i = columns.start()[j]; i < columns.start()[j + 1]; i++) {
          double x = columns.value()[i];
          int row = columns.row()[i];
          slope += (Metrics.sigmoid(margins[row]) - (columns.positive()[row] ? 1 : 0)) * x;
          curvature += x * x / 4;
        }
        double pull = curvature * w[j] - slope;
        double next = Math.max(0, Math.abs(pull) - l1) * Math.signum(pull) / curvature;
        for (int i = columns.start()[j]; i < columns.start()[j + 1]; i++) {
          margins[columns.row()[i]] += (next - w[j]) * columns.value()[i];
        }
        change = Math.max(change, Math.abs(next - w[j]));
        w[j] = next;
      }
    }
    float[] weights = new float[w.length];
    for (int j = 0; j < w.length; j++) {
      weights[j] = (float) w[j];
    }
    return new LinearModel(columns.keys(), weights);
  }
}
