package io.holdfast.tools.demo;

import java.util.List;

/**
 * What is to be seen at a moment.
 *
 * @param seconds since the demo began
 * @param act what goes on
 * @param nodes whether each node's process lives
 * @param zooKeeper whether its process lives
 * @param chains of the weights' ranges, see {@link ClusterSight.Seen}
 * @param clocks of each worker, by rank
 * @param allClocks that each worker has to finish; 0 before the training begins
 * @param done share of the training, 0 to 1
 * @param rate examples a second, since the frame before
 * @param loss mean log-loss of those; NaN where there are none
 * @param auc as measured last; NaN before
 * @param counted pushes acknowledged of {@link Counting}
 */
record Frame(
    double seconds,
    String act,
    List<Boolean> nodes,
    boolean zooKeeper,
    List<String> chains,
    List<Long> clocks,
    long allClocks,
    double done,
    double rate,
    double loss,
    double auc,
    int counted) {
  /** The same at another time. */
  Frame at(double otherSeconds) {
    return new Frame(
        otherSeconds,
        act,
        nodes,
        zooKeeper,
        chains,
        clocks,
        allClocks,
        done,
        rate,
        loss,
        auc,
        counted);
  }
}
