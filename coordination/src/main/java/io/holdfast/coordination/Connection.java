package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;

/** Makes connections to ZooKeeper, and tells their errors apart. */
final class Connection {
  private Connection() {}

  /**
   * Blocks until there is a session.
   *
   * @throws HoldfastException UNAVAILABLE, naming the servers
   */
  static CuratorFramework open(ClusterAddress address, Duration session, Duration wait) {
    int sessionMillis = Math.toIntExact(session.toMillis());
    var client =
        CuratorFrameworkFactory.builder()
            .connectString(address.servers())
            .sessionTimeoutMs(sessionMillis)
            .connectionTimeoutMs(Math.max(500, sessionMillis))
            .retryPolicy(new BoundedExponentialBackoffRetry(20, 500, 5))
            .ensembleTracker(false)
            .build();
    client.start();
    try {
      if (client.blockUntilConnected(Math.toIntExact(wait.toMillis()), TimeUnit.MILLISECONDS)) {
        return client;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
    throw new HoldfastException(
        ErrorCode.UNAVAILABLE,
        "cannot reach ZooKeeper at "
            + address.servers()
            + " within "
            + wait.toMillis()
            + " ms: check that its servers run, and the address");
  }

  /** One handle is one session. */
  static ZooKeeper handle(CuratorFramework client) throws KeeperException, InterruptedException {
    try {
      return client.getZookeeperClient().getZooKeeper();
    } catch (KeeperException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("no ZooKeeper handle: " + e.getMessage(), e);
    }
  }

  /**
   * Makes later reads by this handle see what was written before the call (rule P26). The requests
   * of a session keep their order, so that there is no need to wait for the answer.
   */
  static void sync(ZooKeeper zooKeeper, String path) {
    zooKeeper.sync(path, (code, syncedPath, context) -> {}, null);
  }

  /** Whether the connection or the session is at fault: the same may work a little later. */
  static boolean isOfConnection(KeeperException e) {
    return switch (e.code()) {
      case CONNECTIONLOSS, SESSIONEXPIRED, SESSIONMOVED, OPERATIONTIMEOUT, REQUESTTIMEOUT -> true;
      default -> false;
    };
  }
}
