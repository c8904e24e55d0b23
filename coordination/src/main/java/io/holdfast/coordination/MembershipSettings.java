package io.holdfast.coordination;

import java.time.Duration;

/**
 * @param sessionTimeout after so long without a word a node counts as dead; half of it is the lease
 *     (rule P17). ZooKeeper's servers may grant another, within their own limits
 * @param connectTimeout how long to try to reach ZooKeeper before an error
 */
public record MembershipSettings(
    ClusterAddress cluster, Duration sessionTimeout, Duration connectTimeout) {
  public MembershipSettings {
    if (sessionTimeout.compareTo(Duration.ofMillis(100)) < 0
        || sessionTimeout.compareTo(Duration.ofMinutes(5)) > 0) {
      throw new IllegalArgumentException(
          "session timeout " + sessionTimeout + " is not within 100 ms and 5 min");
    }
    if (connectTimeout.isNegative() || connectTimeout.isZero()) {
      throw new IllegalArgumentException("connect timeout " + connectTimeout + " is not positive");
    }
  }

  /** A session of 2 s, 15 s to connect. */
  public static MembershipSettings of(ClusterAddress cluster) {
    return new MembershipSettings(cluster, Duration.ofSeconds(2), Duration.ofSeconds(15));
  }
}
