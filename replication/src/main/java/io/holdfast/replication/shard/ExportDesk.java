package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.store.rows.RowExport;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gives the rows of replicas to whoever reads them elsewhere: a checkpoint is made for each who
 * asks, so that what was pushed before is in. Belongs to the shard's thread.
 */
final class ExportDesk {
  private final RowStore store;
  private final Checkpointer checkpointer;
  private final Map<RangeReplica, Set<CompletableFuture<RangeExport>>> asked = new HashMap<>();

  ExportDesk(RowStore store, Checkpointer checkpointer) {
    this.store = store;
    this.checkpointer = checkpointer;
  }

  /**
   * Rows with these keys, of what is applied now, or a little later. Not yet complete when it is
   * given up: the rows are closed then.
   *
   * @throws HoldfastException INVALID_ARGUMENT for a home range, QUARANTINED, NOT_READY where the
   *     replica does not serve
   */
  CompletableFuture<RangeExport> export(RangeReplica replica, KeyRange keys) {
    check(replica);
    var answer = new CompletableFuture<RangeExport>();
    asked.computeIfAbsent(replica, r -> new HashSet<>()).add(answer);
    checkpointer.request(
        replica,
        new Checkpointer.Request() {
          @Override
          public void frozen() {
            var quarantine = quarantine(replica);
            if (quarantine != null && settled(replica, answer)) {
              answer.completeExceptionally(quarantine);
            }
          }

          @Override
          public void complete() {
            if (settled(replica, answer)) {
              open(replica, keys, answer);
            }
          }

          @Override
          public void failed(StoreException e) {
            if (settled(replica, answer)) {
              answer.completeExceptionally(refusal(replica, e));
            }
          }
        });
    return answer;
  }

  private static void check(RangeReplica replica) {
    if (replica.isHome()) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "a home range holds no rows");
    }
    var quarantine = quarantine(replica);
    if (quarantine != null) {
      throw quarantine;
    }
    if (replica.chain().role() != ChainMember.Role.SERVING) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "this node's replica of range " + replica.range() + " does not serve: ask another one");
    }
  }

  private static @Nullable HoldfastException quarantine(RangeReplica replica) {
    return replica.quarantine() == null
        ? null
        : new HoldfastException(
            ErrorCode.QUARANTINED, "range " + replica.range() + ": " + replica.quarantine());
  }

  /** Whether it was still waited for. */
  @SuppressWarnings("CollectionUndefinedEquality") // futures are told apart by identity
  private boolean settled(RangeReplica replica, CompletableFuture<RangeExport> answer) {
    var waiting = asked.get(replica);
    if (waiting == null || !waiting.remove(answer)) {
      return false;
    }
    if (waiting.isEmpty()) {
      asked.remove(replica);
    }
    return true;
  }

  private void open(RangeReplica replica, KeyRange keys, CompletableFuture<RangeExport> answer) {
    RowExport rows = null;
    boolean taken = false;
    try {
      rows = store.export(replica.range(), keys).orElse(null);
      if (rows == null) {
        answer.completeExceptionally(gone(replica));
      } else {
        taken = answer.complete(RangeExport.of(replica.spec(), rows));
      }
    } catch (StoreException e) {
      answer.completeExceptionally(refusal(replica, e));
    } finally {
      if (rows != null && !taken) {
        rows.close();
      }
    }
  }

  private static HoldfastException refusal(RangeReplica replica, StoreException e) {
    return new HoldfastException(
        e.kind() == StoreException.Kind.DISK_FULL ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
        "range " + replica.range() + " cannot be exported here: " + e.getMessage(),
        e);
  }

  private static HoldfastException gone(RangeReplica replica) {
    return new HoldfastException(
        ErrorCode.UNKNOWN_RANGE, "range " + replica.range() + " is not on this node any more");
  }

  void forget(RangeReplica replica) {
    var waiting = asked.remove(replica);
    if (waiting != null) {
      waiting.forEach(answer -> answer.completeExceptionally(gone(replica)));
    }
  }
}
