package io.holdfast.tools.compare;

import io.holdfast.client.Traffic;

/**
 * One run of a job with filters.
 *
 * @param job {@code lr} or {@code embeddings}
 * @param filters as {@link io.holdfast.filter.Filters#parse} reads them
 * @param examples trained on, over all passes
 * @param seconds of training
 * @param traffic of the workers' connection
 * @param clientCpuSeconds of this process: the workers, and looks at the model
 * @param serverCpuSeconds of all nodes
 * @param quality by its name in {@link #measure}
 * @param loss by its name in {@link #lossName}
 * @param nonZeroShare share of the model's values that are not zero
 */
record FilterRun(
    String job,
    String filters,
    long examples,
    double seconds,
    Traffic traffic,
    double clientCpuSeconds,
    double serverCpuSeconds,
    double quality,
    double loss,
    double nonZeroShare) {
  /** What {@link #quality} is. */
  String measure() {
    return job.equals(CompareFilters.LR) ? "AUC" : "RMSE";
  }

  /** What {@link #loss} is. */
  String lossName() {
    return job.equals(CompareFilters.LR) ? "logLoss" : "RMSE before training";
  }

  double pushedPerExample() {
    return traffic.pushed() / (double) examples;
  }

  /** Of the requests, in which the keys are. */
  double askedPerExample() {
    return traffic.pullRequests() / (double) examples;
  }

  double pulledPerExample() {
    return traffic.pulled() / (double) examples;
  }

  double totalPerExample() {
    return (traffic.sent() + traffic.received()) / (double) examples;
  }
}
