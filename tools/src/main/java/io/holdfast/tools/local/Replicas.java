package io.holdfast.tools.local;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.v1.ClusterStatusRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The replicas of a cluster's tables. */
public final class Replicas {
  private static final int CONTROL_SECONDS = 10;
  private static final int REPLICAS_SECONDS = 60;
  private static final long POLL_MILLIS = 100;

  private Replicas() {}

  /**
   * Blocks until each range has as many as its table is to have.
   *
   * @throws HoldfastException UNDER_REPLICATED where that takes more than a minute
   */
  public static void await(String addresses) throws InterruptedException {
    try (var control = new ControlCalls(addresses, Duration.ofSeconds(CONTROL_SECONDS))) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(REPLICAS_SECONDS);
      while (control
              .call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()))
              .getUnderReplicated()
          > 0) {
        if (System.nanoTime() > deadline) {
          throw new HoldfastException(
              ErrorCode.UNDER_REPLICATED,
              "the tables have fewer replicas than asked for after "
                  + REPLICAS_SECONDS
                  + " s: are there as many nodes? 'holdfast status' says what is missing");
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
  }
}
