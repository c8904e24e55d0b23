package io.holdfast.coordination;

import io.holdfast.v1.CatalogState;
import io.holdfast.v1.MemberInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** The nodes whose sessions live, as their ephemeral entries in ZooKeeper tell. Any thread. */
final class Members {
  private record Entry(long created, MemberInfo info) {}

  private final ClusterAddress address;
  private volatile Map<Integer, Entry> entries = Map.of();

  Members(ClusterAddress address) {
    this.address = address;
  }

  String directory() {
    return address.path("members");
  }

  String path(int node) {
    return directory() + "/" + node;
  }

  /**
   * What was read last; those whose incarnation is not the state's or is declared dead there do not
   * count.
   */
  Map<Integer, LiveNode> live(CatalogState state) {
    var live = new TreeMap<Integer, LiveNode>();
    var read = entries;
    for (var node : state.getNodesList()) {
      var entry = read.get(node.getId());
      if (entry != null
          && entry.info().getIncarnation() == node.getIncarnation()
          && !node.getDead()) {
        live.put(node.getId(), LiveNode.read(entry.info()));
      }
    }
    return live;
  }

  /** Reads anew (rule P26). Blocks. */
  synchronized void read(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    Connection.sync(zooKeeper, directory());
    var known = entries;
    var read = new HashMap<Integer, Entry>();
    for (var name : zooKeeper.getChildren(directory(), false)) {
      int node = Integer.parseInt(name);
      var stat = zooKeeper.exists(path(node), false);
      if (stat == null) {
        continue;
      }
      var entry = known.get(node);
      if (entry == null || entry.created() != stat.getCzxid()) {
        entry = readOne(zooKeeper, node);
      }
      if (entry != null) {
        read.put(node, entry);
      }
    }
    entries = Map.copyOf(read);
  }

  private @Nullable Entry readOne(ZooKeeper zooKeeper, int node)
      throws KeeperException, InterruptedException {
    var stat = new Stat();
    try {
      byte[] bytes = zooKeeper.getData(path(node), false, stat);
      return new Entry(stat.getCzxid(), CatalogCodec.read(path(node), bytes, MemberInfo.parser()));
    } catch (KeeperException.NoNodeException e) {
      return null;
    }
  }

  /**
   * Enters a node. What an earlier life of it has left is removed: the lock of its data directory
   * makes sure that no other process is this node.
   */
  void enter(ZooKeeper zooKeeper, MemberInfo info) throws KeeperException, InterruptedException {
    var path = path(info.getNode());
    while (true) {
      try {
        zooKeeper.create(
            path, CatalogCodec.write(info), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        return;
      } catch (KeeperException.NodeExistsException e) {
        leave(zooKeeper, info.getNode());
      }
    }
  }

  void leave(ZooKeeper zooKeeper, int node) throws KeeperException, InterruptedException {
    try {
      zooKeeper.delete(path(node), -1);
    } catch (KeeperException.NoNodeException e) {
      // It has gone by itself.
    }
  }

  /** Whether the node's entry is this session's. */
  boolean isEntered(ZooKeeper zooKeeper, int node) throws KeeperException, InterruptedException {
    var stat = zooKeeper.exists(path(node), false);
    return stat != null && stat.getEphemeralOwner() == zooKeeper.getSessionId();
  }
}
