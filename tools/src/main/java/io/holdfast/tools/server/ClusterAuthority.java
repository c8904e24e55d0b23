package io.holdfast.tools.server;

import io.holdfast.coordination.Catalog;
import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Controller;
import io.holdfast.coordination.ControllerSettings;
import io.holdfast.coordination.FailureReports;
import io.holdfast.coordination.Leases;
import io.holdfast.coordination.LogEnd;
import io.holdfast.coordination.Membership;
import io.holdfast.coordination.MembershipSettings;
import io.holdfast.coordination.Planner;
import io.holdfast.coordination.PlannerOptions;
import io.holdfast.coordination.Tables;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.peer.ConnectionWatcher;
import io.holdfast.replication.peer.PeerIdentity;
import io.holdfast.replication.peer.PeerNetwork;
import io.holdfast.replication.peer.PeerNode;
import io.holdfast.replication.shard.Shard;
import io.holdfast.v1.CatalogState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of a cluster: registers it with ZooKeeper, takes up what the catalogue says, and makes the
 * changes that its shards ask for.
 */
final class ClusterAuthority implements Authority, Membership.Listener, ConnectionWatcher {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterAuthority.class);

  private final MembershipSettings settings;
  private final int replicas;
  private final String address;
  private final RangeDirectory directory;
  private final ShardCoordination coordination;
  private final Object applying = new Object();
  private volatile @Nullable Membership membership;
  private volatile @Nullable Controller controller;
  private volatile @Nullable PeerNetwork peers;
  private volatile boolean leaving;
  private volatile int node;
  private volatile int incarnation;
  private long appliedVersion = -1;
  private int appliedIncarnation;

  /**
   * @param replicas of tables that do not say
   * @param coordination that the shards use
   */
  ClusterAuthority(
      MembershipSettings settings,
      int replicas,
      String address,
      RangeDirectory directory,
      ShardCoordination coordination) {
    this.settings = settings;
    this.replicas = replicas;
    this.address = address;
    this.directory = directory;
    this.coordination = coordination;
  }

  /** Registers and takes part. The node must be listening at its address by now. Blocks. */
  void join(String storeId, PeerNetwork network) {
    peers = network;
    var joined = Membership.join(settings, storeId, address, this::ends, this);
    membership = joined;
    if (joined.catalog().state().getHomeReplicas() == 0) {
      joined.catalog().update(s -> s.getHomeReplicas() == 0 ? Tables.homeReplicas(s, replicas) : s);
    }
    coordination.start(this, joined);
    apply(joined.catalog().refresh());
    controller = Controller.start(joined, ControllerSettings.DEFAULT);
  }

  /** The shards are about to close: what the catalogue says from now on is not taken up. */
  void leave() {
    leaving = true;
  }

  /** Who this node is, for the other nodes. */
  PeerIdentity identity() {
    return new PeerIdentity(settings.cluster().cluster(), node, incarnation, address);
  }

  private Map<Integer, LogEnd> ends() {
    var ends = new HashMap<Integer, LogEnd>();
    for (var shard : directory.shards()) {
      Node.await(shard.ask(Shard::logEnds))
          .forEach(
              (range, end) ->
                  ends.put(
                      range,
                      end.usable()
                          ? new LogEnd(end.recordEpoch(), end.lastLsn())
                          : LogEnd.UNUSABLE));
    }
    return ends;
  }

  @Override
  public void registered(int asNode, int asIncarnation) {
    synchronized (applying) {
      node = asNode;
      incarnation = asIncarnation;
    }
    var joined = membership;
    if (joined != null) {
      apply(joined.catalog().state());
    }
  }

  @Override
  public void lost() {
    // P27: an incarnation that no chain names ends all roles; what is pending stays in the log.
    synchronized (applying) {
      incarnation = 0;
    }
    var joined = membership;
    if (joined != null) {
      apply(joined.catalog().state());
    }
  }

  @Override
  public void changed() {
    var joined = membership;
    if (joined != null) {
      apply(joined.catalog().state());
    }
  }

  /** Has shards and streams take up a catalogue, unless they have a newer one. Blocks. */
  void apply(CatalogState state) {
    synchronized (applying) {
      if (leaving) {
        return;
      }
      if (state.getVersion() < appliedVersion
          || (state.getVersion() == appliedVersion && incarnation == appliedIncarnation)) {
        return;
      }
      int life = incarnation;
      var network = peers;
      if (network != null) {
        network.setPeers(others(state));
      }
      directory.assign(state, node, life);
      // Not before: what could not be taken up is tried again with the next wake-up.
      appliedVersion = state.getVersion();
      appliedIncarnation = life;
    }
  }

  private Map<Integer, PeerNode> others(CatalogState state) {
    var others = new HashMap<Integer, PeerNode>();
    for (var other : state.getNodesList()) {
      if (other.getId() != node && !other.getDead() && !other.getAddress().isEmpty()) {
        others.put(other.getId(), new PeerNode(other.getAddress(), other.getIncarnation()));
      }
    }
    return others;
  }

  /** A node's process is gone, and said so by itself: no need to wait for its session to end. */
  @Override
  public void gone(int other, int itsIncarnation) {
    var joined = membership;
    if (joined == null || incarnation == 0) {
      return;
    }
    try {
      var before = Chains.node(joined.catalog().state(), other);
      if (before.isPresent()
          && before.get().getIncarnation() == itsIncarnation
          && !before.get().getDead()) {
        LOG.info("node {} (incarnation {}) has died", other, itsIncarnation);
        apply(FailureReports.declareDead(joined.catalog(), joined, other, itsIncarnation));
      }
    } catch (HoldfastException e) {
      LOG.debug("node {} cannot be declared dead: {}", other, e.getMessage());
    }
  }

  private Membership joined() {
    var joined = membership;
    if (joined == null) {
      throw new HoldfastException(
          io.holdfast.model.ErrorCode.NOT_READY, "the node is starting: try again");
    }
    return joined;
  }

  @Override
  public CatalogState state() {
    return joined().catalog().state();
  }

  @Override
  public CatalogState refresh() {
    var state = joined().catalog().refresh();
    apply(state);
    return state;
  }

  @Override
  public CatalogState change(UnaryOperator<CatalogState> change) {
    var live = joined().refreshLive();
    var state =
        joined().catalog().update(s -> Planner.plan(change.apply(s), live, PlannerOptions.URGENT));
    apply(state);
    return state;
  }

  /** Whether somebody who is out of a range's chain may still answer as its tail. */
  boolean mayBeLeased(int range) {
    return Leases.mayBeHeld(joined().catalog().state(), joined().live(), range);
  }

  /** A change that leaves nothing to be placed. */
  CatalogState changeOnly(UnaryOperator<CatalogState> change) {
    var state = joined().catalog().update(change);
    apply(state);
    return state;
  }

  @Override
  public Catalog.Watch watch(Runnable changed) {
    return joined().catalog().watch(changed);
  }

  @Override
  public int node() {
    return node;
  }

  @Override
  public int defaultReplicas() {
    return replicas;
  }

  @Override
  public int mostReplicas() {
    return TableSpec.MAX_REPLICAS;
  }

  @Override
  public Set<Integer> live() {
    return joined().live().keySet();
  }

  @Override
  public boolean isLeased() {
    var joined = membership;
    return joined != null && joined.isLeased();
  }

  @Override
  public boolean isController() {
    var own = controller;
    return own != null && own.isLeading();
  }

  @Override
  public void close() {
    var leading = controller;
    if (leading != null) {
      leading.close();
    }
    coordination.close();
    var joined = membership;
    if (joined != null) {
      joined.close();
    }
  }
}
