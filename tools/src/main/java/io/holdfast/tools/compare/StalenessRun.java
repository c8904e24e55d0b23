package io.holdfast.tools.compare;

import io.holdfast.tools.train.LrProblem;
import java.util.List;

/**
 * A run under one staleness.
 *
 * @param staleness as the option names it
 * @param trial what it came to
 */
record StalenessRun(String staleness, LrProblem.Trial trial) {
  double perSecond() {
    return trial.examples() / Math.max(1e-9, trial.seconds());
  }

  /** Share of all workers' time that they waited in pulls. */
  double idle() {
    return mean(trial.idleShares());
  }

  /** Of those that are not slowed; of the slow one where it is alone. */
  double idleOfFast() {
    var shares = trial.idleShares();
    return mean(shares.size() > 1 ? shares.subList(1, shares.size()) : shares);
  }

  private static double mean(List<Double> shares) {
    return shares.stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }

  LrProblem.Moment end() {
    return trial.curve().get(trial.curve().size() - 1);
  }

  /** The model after so many seconds, between the looks before and after by a straight line. */
  LrProblem.Moment at(double seconds) {
    LrProblem.Moment before = trial.curve().get(0);
    for (LrProblem.Moment after : trial.curve()) {
      if (after.seconds() >= seconds) {
        double span = after.seconds() - before.seconds();
        double part = span <= 0 ? 1 : (seconds - before.seconds()) / span;
        return new LrProblem.Moment(
            seconds,
            before.logLoss() + part * (after.logLoss() - before.logLoss()),
            before.auc() + part * (after.auc() - before.auc()));
      }
      before = after;
    }
    return before;
  }
}
