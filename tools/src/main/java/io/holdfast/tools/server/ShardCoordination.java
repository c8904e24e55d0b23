package io.holdfast.tools.server;

import io.holdfast.coordination.ChainChanges;
import io.holdfast.coordination.Membership;
import io.holdfast.coordination.Splits;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.Coordination;
import io.holdfast.v1.CatalogState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the changes of the catalogue that shards ask for, from a thread of its own, all that wait
 * together in one. What cannot be made at the moment is tried again: a change whose time is over
 * changes nothing.
 */
final class ShardCoordination implements Coordination, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardCoordination.class);
  private static final long RETRY_MILLIS = 50;

  private sealed interface Wish {}

  /**
   * @param since when the head learnt of the epoch, or later
   */
  private record Activate(int range, int epoch, long since) implements Wish {}

  /**
   * @param plans whether others have to take the place of what it takes away
   */
  private record Change(UnaryOperator<CatalogState> change, boolean plans) implements Wish {}

  private record Fetch() implements Wish {}

  private final long leaseNanos;
  private final List<Wish> postponed = new ArrayList<>();
  private final LinkedBlockingQueue<Wish> wishes = new LinkedBlockingQueue<>();
  private volatile @Nullable Membership membership;
  private volatile @Nullable Thread thread;
  private volatile boolean closed;

  /**
   * @param lease longest time that a node's lease runs
   */
  ShardCoordination(Duration lease) {
    this.leaseNanos = lease.toNanos();
  }

  /** From here on wishes are granted; those made before wait until now. */
  void start(ClusterAuthority authority, Membership joined) {
    membership = joined;
    var started =
        Thread.ofPlatform().name("holdfast-coordination").daemon().unstarted(() -> run(authority));
    thread = started;
    started.start();
  }

  @Override
  public void activate(int range, int epoch) {
    wishes.add(new Activate(range, epoch, System.nanoTime()));
  }

  @Override
  public void promote(int range, int epoch, int node) {
    wishes.add(new Change(s -> ChainChanges.promote(s, range, epoch, node), false));
  }

  @Override
  public void quarantined(int range, int epoch) {
    var joined = membership;
    if (joined != null) {
      int own = joined.node();
      wishes.add(new Change(s -> ChainChanges.quarantine(s, range, epoch, own), true));
    }
  }

  @Override
  public void suspect(int range, int epoch, int successor) {
    var joined = membership;
    if (joined != null) {
      int own = joined.node();
      LOG.info("range {}: node {} does not answer", range, successor);
      wishes.add(new Change(s -> ChainChanges.suspect(s, range, epoch, own, successor), true));
    }
  }

  @Override
  public void cut(int range, int epoch, int left) {
    var joined = membership;
    if (joined != null) {
      int own = joined.node();
      wishes.add(new Change(s -> Splits.cut(s, range, epoch, left, own), true));
    }
  }

  @Override
  public void fetchConfiguration() {
    if (!(wishes.peek() instanceof Fetch)) {
      wishes.add(new Fetch());
    }
  }

  @Override
  public boolean isLeased() {
    var joined = membership;
    return joined != null && joined.isLeased();
  }

  private void run(ClusterAuthority authority) {
    while (!closed) {
      var batch = new ArrayList<Wish>();
      try {
        await(batch);
        postpone(authority, batch);
        if (!batch.isEmpty()) {
          grant(authority, batch);
        }
      } catch (InterruptedException e) {
        return;
      } catch (HoldfastException e) {
        LOG.info("ZooKeeper: {}; trying again", e.getMessage());
        wishes.addAll(batch);
        pause();
      } catch (RuntimeException e) {
        // Whatever it was, nothing commits in a new epoch without this thread.
        LOG.error("a change of the catalogue failed: {}; trying again", e.getMessage(), e);
        wishes.addAll(batch);
        pause();
      }
    }
  }

  private void await(List<Wish> batch) throws InterruptedException {
    if (postponed.isEmpty()) {
      batch.add(wishes.take());
    } else {
      var wish = wishes.poll(RETRY_MILLIS, TimeUnit.MILLISECONDS);
      if (wish != null) {
        batch.add(wish);
      }
    }
    wishes.drainTo(batch);
    batch.addAll(postponed);
    postponed.clear();
  }

  /**
   * Sets aside activations that have to wait until the lease of a tail that was left out, and may
   * not know it, has run out (rules P16, P17).
   */
  private void postpone(ClusterAuthority authority, List<Wish> batch) {
    long now = System.nanoTime();
    batch.removeIf(
        wish -> {
          boolean waits =
              wish instanceof Activate activate
                  && now - activate.since() < leaseNanos
                  && authority.mayBeLeased(activate.range());
          if (waits) {
            postponed.add(wish);
          }
          return waits;
        });
  }

  private void grant(ClusterAuthority authority, List<Wish> batch) {
    Map<Integer, Integer> activated = new LinkedHashMap<>();
    var changes = new ArrayList<UnaryOperator<CatalogState>>();
    boolean plans = false;
    for (var wish : batch) {
      switch (wish) {
        case Activate activate -> activated.merge(activate.range(), activate.epoch(), Math::max);
        case Change change -> {
          changes.add(change.change());
          plans |= change.plans();
        }
        case Fetch fetch -> {}
      }
    }
    UnaryOperator<CatalogState> all =
        state -> {
          var next = ChainChanges.activate(state, activated);
          for (var change : changes) {
            next = change.apply(next);
          }
          return next;
        };
    if (plans) {
      authority.change(all);
    } else if (activated.isEmpty() && changes.isEmpty()) {
      authority.refresh();
    } else {
      authority.changeOnly(all);
    }
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    var running = thread;
    if (running != null) {
      running.interrupt();
      try {
        running.join(TimeUnit.SECONDS.toMillis(10));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
