package io.holdfast.coordination;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogEntry;
import io.holdfast.v1.CatalogLink;
import io.holdfast.v1.CatalogRoot;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.CatalogWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue in ZooKeeper: a root node, and one for each job and each table with its ranges.
 * Each change is one {@code multi} that replaces the root at the version that was read, and writes
 * the jobs and tables that differ (rule P25); so all changes stand in one order.
 *
 * <p>Whether a change was made when its connection broke, the root tells: each writer leaves the
 * number of its last change there.
 */
public final class ZooKeeperCatalog implements Catalog, AutoCloseable {
  private static final int FORMAT = 1;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final CuratorFramework client;
  private final ClusterAddress address;
  private final Duration timeout;
  private final boolean owner;
  private final String root;
  private final long writer = new SecureRandom().nextLong();
  private final PersistentWatcher watcher;
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
  private long changes;
  private volatile CatalogSnapshot last;

  private ZooKeeperCatalog(
      CuratorFramework client, ClusterAddress address, Duration timeout, boolean owner) {
    this.client = client;
    this.address = address;
    this.timeout = timeout;
    this.owner = owner;
    this.root = address.path("state");
    var deadline = System.nanoTime() + timeout.toNanos();
    this.watcher = new PersistentWatcher(client, root, false);
    this.last = first(deadline);
    watcher.getListenable().addListener(event -> watchers.forEach(Runnable::run));
    watcher.getResetListenable().addListener(() -> watchers.forEach(Runnable::run));
    watcher.start();
  }

  /**
   * Connects, and makes an empty catalogue where there is none. Blocks.
   *
   * @param timeout for connecting, and later for each call
   * @throws HoldfastException UNAVAILABLE where ZooKeeper cannot be reached in that time;
   *     STORE_FAILED where what is there is not a catalogue, or of a newer version
   */
  public static ZooKeeperCatalog connect(ClusterAddress address, Duration timeout) {
    var client = Connection.open(address, Duration.ofSeconds(10), timeout);
    try {
      return new ZooKeeperCatalog(client, address, timeout, true);
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /** The same by a connection that is there, and stays open when the catalogue is closed. */
  static ZooKeeperCatalog open(CuratorFramework client, ClusterAddress address, Duration timeout) {
    return new ZooKeeperCatalog(client, address, timeout, false);
  }

  @Override
  public CatalogState state() {
    return last.state();
  }

  @Override
  public synchronized CatalogState refresh() {
    return read(System.nanoTime() + timeout.toNanos()).state();
  }

  @Override
  public Watch watch(Runnable changed) {
    watchers.add(changed);
    return () -> watchers.remove(changed);
  }

  @Override
  public synchronized CatalogState update(UnaryOperator<CatalogState> change) {
    long deadline = System.nanoTime() + timeout.toNanos();
    var mark = CatalogWriter.newBuilder().setId(writer).setChange(++changes).build();
    var base = last;
    boolean fresh = false;
    boolean sent = false;
    while (true) {
      if (sent && base.hasChange(writer, mark.getChange())) {
        return base.state();
      }
      CatalogState changed;
      try {
        changed = change.apply(base.state());
      } catch (RuntimeException e) {
        if (fresh) {
          throw e;
        }
        changed = base.state();
      }
      if (!changed.equals(base.state())) {
        sent = true;
        if (write(base, changed, mark, deadline)) {
          return last.state();
        }
      } else if (fresh) {
        return base.state();
      }
      base = reread(sent, deadline);
      fresh = true;
    }
  }

  private CatalogSnapshot reread(boolean sent, long deadline) {
    try {
      return read(deadline);
    } catch (HoldfastException e) {
      throw sent && e.code() == ErrorCode.UNAVAILABLE
          ? new HoldfastException(
              ErrorCode.OUTCOME_UNKNOWN,
              "the connection to ZooKeeper at "
                  + address.servers()
                  + " broke during a change, which may have been made: look again when it is back",
              e)
          : e;
    }
  }

  /**
   * @return false where the root has changed since it was read, or the outcome is unknown: read
   */
  private boolean write(
      CatalogSnapshot base, CatalogState changed, CatalogWriter mark, long deadline) {
    var state =
        changed.toBuilder().setFormat(FORMAT).setVersion(base.state().getVersion() + 1).build();
    var next = base.next(state, mark);
    var ops = new ArrayList<Op>();
    ops.add(Op.setData(root, CatalogCodec.write(next.root()), base.rootVersion()));
    addChanges(ops, "tables/", base.tables(), next.tables());
    addChanges(ops, "jobs/", base.jobs(), next.jobs());
    try {
      Connection.handle(client).multi(ops);
      last = next;
      return true;
    } catch (KeeperException e) {
      if (Connection.isOfConnection(e)) {
        awaitConnection(deadline, e);
      } else if (e.code() != KeeperException.Code.BADVERSION) {
        throw failed("write", e);
      }
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void addChanges(
      List<Op> ops,
      String directory,
      Map<Integer, CatalogEntry> before,
      Map<Integer, CatalogEntry> after) {
    after.forEach(
        (id, entry) -> {
          var path = address.path(directory + id);
          if (!before.containsKey(id)) {
            ops.add(
                Op.create(
                    path,
                    CatalogCodec.write(entry),
                    ZooDefs.Ids.OPEN_ACL_UNSAFE,
                    CreateMode.PERSISTENT));
          } else if (!entry.equals(before.get(id))) {
            ops.add(Op.setData(path, CatalogCodec.write(entry), -1));
          }
        });
    before
        .keySet()
        .forEach(
            id -> {
              if (!after.containsKey(id)) {
                ops.add(Op.delete(address.path(directory + id), -1));
              }
            });
  }

  // ---- reading

  private CatalogSnapshot first(long deadline) {
    while (true) {
      try {
        var empty = CatalogState.newBuilder().setFormat(FORMAT).build();
        create(address.path("tables"), new byte[0]);
        create(address.path("jobs"), new byte[0]);
        create(address.path("members"), new byte[0]);
        create(root, CatalogCodec.write(CatalogRoot.newBuilder().setRest(empty).build()));
        var read = tryRead(null);
        if (read != null) {
          return read;
        }
      } catch (KeeperException e) {
        retryOrFail("read", e, deadline);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private void create(String path, byte[] data) throws KeeperException, InterruptedException {
    var zooKeeper = Connection.handle(client);
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      createOne(zooKeeper, path.substring(0, slash), new byte[0]);
    }
    createOne(zooKeeper, path, data);
  }

  private static void createOne(ZooKeeper zooKeeper, String path, byte[] data)
      throws KeeperException, InterruptedException {
    try {
      zooKeeper.create(path, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    } catch (KeeperException.NodeExistsException e) {
      // Another node was first.
    }
  }

  private CatalogSnapshot read(long deadline) {
    while (true) {
      try {
        var read = tryRead(last);
        if (read != null) {
          last = read;
          return read;
        }
        if (System.nanoTime() > deadline) {
          throw new HoldfastException(
              ErrorCode.UNAVAILABLE, "the catalogue changes faster than it can be read: try again");
        }
      } catch (KeeperException e) {
        retryOrFail("read", e, deadline);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  /**
   * @return null where it changed meanwhile
   */
  private @Nullable CatalogSnapshot tryRead(@Nullable CatalogSnapshot known)
      throws KeeperException, InterruptedException {
    var zooKeeper = Connection.handle(client);
    Connection.sync(zooKeeper, root);
    var stat = new Stat();
    byte[] bytes = zooKeeper.getData(root, false, stat);
    if (known != null && known.rootVersion() == stat.getVersion()) {
      return known;
    }
    var read = CatalogCodec.read(root, bytes, CatalogRoot.parser());
    int format = read.getRest().getFormat();
    if (format > FORMAT) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED,
          "ZooKeeper's "
              + root
              + " has format "
              + format
              + ", this version reads "
              + FORMAT
              + ": use a newer Holdfast");
    }
    var tables =
        entries(
            zooKeeper, "tables/", read.getTablesList(), known == null ? Map.of() : known.tables());
    var jobs =
        entries(zooKeeper, "jobs/", read.getJobsList(), known == null ? Map.of() : known.jobs());
    return tables == null || jobs == null
        ? null
        : CatalogSnapshot.read(read, stat.getVersion(), tables, jobs);
  }

  /** Reads those that are newer than known. */
  private @Nullable Map<Integer, CatalogEntry> entries(
      ZooKeeper zooKeeper,
      String directory,
      List<CatalogLink> links,
      Map<Integer, CatalogEntry> known)
      throws KeeperException, InterruptedException {
    var entries = new HashMap<Integer, CatalogEntry>();
    for (var link : links) {
      var entry = known.get(link.getId());
      if (entry == null || entry.getVersion() != link.getVersion()) {
        var path = address.path(directory + link.getId());
        try {
          entry =
              CatalogCodec.read(path, zooKeeper.getData(path, false, null), CatalogEntry.parser());
        } catch (KeeperException.NoNodeException e) {
          return null;
        }
        if (entry.getVersion() != link.getVersion()) {
          return null;
        }
      }
      entries.put(link.getId(), entry);
    }
    return entries;
  }

  // ---- errors

  private void retryOrFail(String what, KeeperException e, long deadline) {
    if (!Connection.isOfConnection(e)) {
      throw failed(what, e);
    }
    awaitConnection(deadline, e);
    if (System.nanoTime() > deadline) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE,
          "cannot reach ZooKeeper at "
              + address.servers()
              + " ("
              + e.getMessage()
              + "): check that its servers run; nothing was changed",
          e);
    }
  }

  private void awaitConnection(long deadline, KeeperException cause) {
    try {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left > 0) {
        // The client may take itself for connected a little longer than it is.
        LockSupport.parkNanos(PAUSE_NANOS);
        client.blockUntilConnected((int) Math.min(left, Integer.MAX_VALUE), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      e.addSuppressed(cause);
      throw interrupted(e);
    }
  }

  private HoldfastException failed(String what, KeeperException e) {
    return new HoldfastException(
        ErrorCode.STORE_FAILED,
        "cannot "
            + what
            + " the catalogue in ZooKeeper at "
            + address.servers()
            + ": "
            + e.getMessage()
            + "; see the log of its servers",
        e);
  }

  private static HoldfastException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new HoldfastException(
        ErrorCode.OUTCOME_UNKNOWN, "interrupted while ZooKeeper was asked: look again", e);
  }

  /** Ends the watches. May be repeated. */
  @Override
  public void close() {
    watcher.close();
    if (owner) {
      client.close();
    }
  }
}
