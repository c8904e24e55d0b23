package io.holdfast.client.retry;

/**
 * When held calls are sent again, and where pulls go. Times in nanoseconds.
 *
 * @param delayNanos first pause before a call is sent again that the range cannot take for a while;
 *     it doubles
 * @param maxDelayNanos the longest such pause
 * @param rerouteNanos first pause before the map is asked again, where asking at once did not help;
 *     it doubles
 * @param maxRerouteNanos the longest such pause
 * @param avoidNanos how long pulls keep away from a replica that failed them
 * @param readsAnywhere whether pulls are spread over the replicas
 */
public record RetryPolicy(
    long delayNanos,
    long maxDelayNanos,
    long rerouteNanos,
    long maxRerouteNanos,
    long avoidNanos,
    boolean readsAnywhere) {
  public RetryPolicy {
    if (delayNanos <= 0 || rerouteNanos <= 0 || avoidNanos < 0) {
      throw new IllegalArgumentException("pauses must be above zero");
    }
    if (maxDelayNanos < delayNanos || maxRerouteNanos < rerouteNanos) {
      throw new IllegalArgumentException("the longest pause is below the first");
    }
  }
}
