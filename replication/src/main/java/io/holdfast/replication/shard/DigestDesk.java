package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.rows.RowDigest;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Makes digests of replicas at marks of the log, which every replica meets at the same LSN: a
 * checkpoint is made right there, and its rows are read elsewhere. Belongs to the shard's thread.
 */
final class DigestDesk {
  /** Digests of a range that are kept until somebody asks for them. */
  private static final int KEPT = 8;

  private final RowStore store;
  private final Executor readers;
  private final Consumer<Runnable> onShard;
  private final Checkpointer checkpointer;
  private final Consumer<RangeReplica> goOn;
  private final Map<RangeReplica, LinkedHashMap<Long, CompletableFuture<RangeDigest>>> digests =
      new HashMap<>();
  private final Set<RangeReplica> halted = new HashSet<>();

  /**
   * @param goOn told of a replica that may be applied to again
   */
  DigestDesk(
      RowStore store,
      Executor readers,
      Consumer<Runnable> onShard,
      Checkpointer checkpointer,
      Consumer<RangeReplica> goOn) {
    this.store = store;
    this.readers = readers;
    this.onShard = onShard;
    this.checkpointer = checkpointer;
    this.goOn = goOn;
  }

  /** Whether the rows must stay as they are for a moment. */
  boolean isHalted(RangeReplica replica) {
    return halted.contains(replica);
  }

  /** A mark has been applied. */
  void reached(RangeReplica replica, long lsn) {
    halted.add(replica);
    var digest = digest(replica, lsn);
    checkpointer.request(
        replica,
        new Checkpointer.Request() {
          @Override
          public void frozen() {
            halted.remove(replica);
            goOn.accept(replica);
          }

          @Override
          public void complete() {
            read(replica, lsn, digest);
          }

          @Override
          public void failed(StoreException e) {
            digest.completeExceptionally(e);
          }
        });
  }

  private void read(RangeReplica replica, long lsn, CompletableFuture<RangeDigest> digest) {
    var found = store.export(replica.range(), replica.keys());
    if (found.isEmpty()) {
      digest.completeExceptionally(
          new HoldfastException(
              ErrorCode.UNKNOWN_RANGE, "range " + replica.range() + " has no checkpoint"));
      return;
    }
    var export = found.get();
    readers.execute(
        () -> {
          try (export) {
            var made = digest(lsn, export);
            onShard.accept(() -> digest.complete(made));
          } catch (StoreException e) {
            onShard.accept(() -> digest.completeExceptionally(e));
          }
        });
  }

  private static RangeDigest digest(long lsn, RowExport export) {
    var metadata = RangeMetadata.decode(export.metadata());
    long rows = RowDigest.of(export).hash();
    return new RangeDigest(lsn, rows, metadata.digest(), export.approximateBytes());
  }

  /** The digest at a mark that the replica has still to meet, or has met not long ago. */
  CompletableFuture<RangeDigest> digest(RangeReplica replica, long lsn) {
    var ofRange = digests.computeIfAbsent(replica, r -> new LinkedHashMap<>());
    var digest = ofRange.computeIfAbsent(lsn, l -> new CompletableFuture<>());
    if (ofRange.size() > KEPT) {
      var oldest = ofRange.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
    return digest;
  }

  void forget(RangeReplica replica) {
    halted.remove(replica);
    var asked = digests.remove(replica);
    if (asked != null) {
      asked
          .values()
          .forEach(
              digest ->
                  digest.completeExceptionally(
                      new HoldfastException(
                          ErrorCode.UNKNOWN_RANGE,
                          "range " + replica.range() + " is not on this node any more")));
    }
  }
}
