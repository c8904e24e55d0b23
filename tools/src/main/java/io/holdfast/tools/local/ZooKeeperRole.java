package io.holdfast.tools.local;

import java.lang.management.ManagementFactory;
import java.util.function.Consumer;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * What a ZooKeeper server of this process is in its ensemble, as it tells by its management beans:
 * one that was elected or follows counts only once it serves its data.
 */
final class ZooKeeperRole {
  static final String LEADING = "leading";
  static final String FOLLOWING = "following";
  static final String LOOKING = "looking";

  private static final long LOOK_MILLIS = 50;

  private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
  private final ObjectName leader = serving("Leader");
  private final ObjectName follower = serving("Follower");

  private static ObjectName serving(String role) {
    try {
      return new ObjectName(
          "org.apache.ZooKeeperService:name2=" + role + ",name3=InMemoryDataTree,*");
    } catch (MalformedObjectNameException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@link #LEADING}, {@link #FOLLOWING} or {@link #LOOKING}. */
  String now() {
    if (!beans.queryNames(leader, null).isEmpty()) {
      return LEADING;
    }
    return beans.queryNames(follower, null).isEmpty() ? LOOKING : FOLLOWING;
  }

  /** Tells of every change, the first role included, on a thread of its own. */
  void watch(Consumer<String> changed) {
    Thread.ofPlatform()
        .daemon()
        .name("zookeeper-role")
        .start(
            () -> {
              String last = "";
              try {
                while (true) {
                  String now = now();
                  if (!now.equals(last)) {
                    changed.accept(now);
                    last = now;
                  }
                  Thread.sleep(LOOK_MILLIS);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }
}
