package io.holdfast.tools.lda;

/**
 * Natural logarithm of the gamma function for positive arguments: Stirling's series after the
 * argument is raised to 10 or more (Abramowitz and Stegun, 6.1.41 and 6.1.15). Relative error below
 * 1e-12, but near the zeros at 1 and 2, where the absolute error is that small.
 */
final class LogGamma {
  private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
  private static final int ENOUGH = 10;

  private LogGamma() {}

  static double of(double x) {
    double raised = x;
    double product = 1;
    for (; raised < ENOUGH; raised++) {
      product *= raised;
    }
    double inverse = 1 / raised;
    double square = inverse * inverse;
    double series =
        inverse
            * (1.0 / 12
                - square
                    * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
    return (raised - 0.5) * Math.log(raised)
        - raised
        + HALF_LOG_TWO_PI
        + series
        - Math.log(product);
  }
}
