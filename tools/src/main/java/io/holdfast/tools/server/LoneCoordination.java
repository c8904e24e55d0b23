package io.holdfast.tools.server;

import io.holdfast.coordination.Splits;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.Coordination;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the shards of a node without a cluster ask for: it alone decides, so that only the halves of
 * ranges are news to the catalogue.
 */
final class LoneCoordination implements Coordination, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LoneCoordination.class);

  private final CompletableFuture<LoneAuthority> started = new CompletableFuture<>();
  private final ExecutorService changes =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("holdfast-coordination").daemon().factory());

  /** All shards run: from here on wishes are granted; those made before wait until now. */
  void start(LoneAuthority authority) {
    started.complete(authority);
  }

  @Override
  public void cut(int range, int epoch, int left) {
    var unused =
        started.thenAcceptAsync(
            authority -> {
              try {
                authority.change(s -> Splits.cut(s, range, epoch, left, authority.node()));
              } catch (HoldfastException e) {
                // The next start of the node does it.
                LOG.error("range {}: the split is not recorded: {}", range, e.getMessage(), e);
              }
            },
            changes);
  }

  @Override
  public void activate(int range, int epoch) {}

  @Override
  public void promote(int range, int epoch, int node) {}

  @Override
  public void quarantined(int range, int epoch) {}

  @Override
  public void suspect(int range, int epoch, int successor) {}

  @Override
  public void fetchConfiguration() {}

  @Override
  public boolean isLeased() {
    return true;
  }

  @Override
  public void close() {
    changes.shutdownNow();
  }
}
