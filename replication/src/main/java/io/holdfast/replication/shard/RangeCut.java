package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.replication.chain.Seal;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.rows.StoreException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Splits ranges (rule P24), as far as the replica of the whole is concerned. Belongs to the shard's
 * thread.
 *
 * <pre>
 *   the catalogue asks for it  -> the head logs SEAL, the range's last record
 *   SEAL is applied            -> each serving replica makes a checkpoint of the whole
 *   the checkpoint is complete -> the halves are handed to the shards that own them
 *   both halves are durable    -> the catalogue is told; it lets them take the place of the whole
 *                                 once all serving members have said so
 * </pre>
 *
 * <p>Nothing of this is remembered over a restart but the seal, which is state of the range. What
 * was done before is found done when it is tried again.
 */
final class RangeCut {
  private static final Logger LOG = LoggerFactory.getLogger(RangeCut.class);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final NewRanges newRanges;
  private final Coordination coordination;
  private final Checkpointer checkpointer;
  private final LocalNotes notes;
  private final BiConsumer<RangeReplica, LogRecord> appended;
  private final Consumer<Runnable> onShard;
  private final Map<RangeReplica, Cut> cuts = new HashMap<>();
  private int node;

  private static final class Cut {
    boolean running;
    boolean done;

    /** Epoch in which the catalogue was told; members of another one have to tell it again. */
    int toldEpoch;

    long notBefore = System.nanoTime();
  }

  /**
   * @param appended told of the seal that went into the log
   */
  RangeCut(
      ShardPorts ports,
      Checkpointer checkpointer,
      LocalNotes notes,
      BiConsumer<RangeReplica, LogRecord> appended,
      Consumer<Runnable> onShard) {
    this.newRanges = ports.newRanges();
    this.coordination = ports.coordination();
    this.checkpointer = checkpointer;
    this.notes = notes;
    this.appended = appended;
    this.onShard = onShard;
  }

  void identify(int newNode) {
    node = newNode;
  }

  /** Looks what is next for ranges that are being split; from time to time. */
  void look(Collection<RangeReplica> replicas, long now) {
    for (var replica : replicas) {
      if (replica.assignment().split() != null) {
        review(replica, now);
      }
    }
  }

  /** Does what is next. */
  void review(RangeReplica replica, long now) {
    var wanted = replica.assignment().split();
    if (wanted == null || replica.quarantine() != null || !replica.isServing()) {
      return;
    }
    var chain = replica.chain();
    var cut = cuts.computeIfAbsent(replica, r -> new Cut());
    var seal = chain.seal();
    if (seal == null) {
      if (chain.isHead() && chain.isActivated() && now - cut.notBefore >= 0) {
        seal(replica, wanted, cut);
      }
    } else if (chain.isSealApplied()) {
      if (seal.left() != wanted.left() || seal.right() != wanted.right()) {
        throw new IllegalStateException(
            "range " + replica.range() + ": " + seal + ", the catalogue says " + wanted);
      }
      if (cut.done) {
        tell(replica, wanted, cut);
      } else if (!cut.running && now - cut.notBefore >= 0) {
        begin(replica, cut);
      }
    }
  }

  private void seal(RangeReplica replica, WantedSplit wanted, Cut cut) {
    var header =
        replica.chain().sealing(replica.range(), wanted.key(), wanted.left(), wanted.right());
    try {
      appended.accept(replica, notes.append(header, ByteBuffer.allocate(0)));
      LOG.info("range {}: sealed by record {}, {}", replica.range(), header.lsn(), wanted);
    } catch (LogException e) {
      LOG.warn("range {}: cannot be sealed: {}", replica.range(), e.getMessage());
      cut.notBefore = System.nanoTime() + RETRY_NANOS;
    }
  }

  private void begin(RangeReplica replica, Cut cut) {
    cut.running = true;
    checkpointer.request(
        replica,
        new Checkpointer.Request() {
          @Override
          public void frozen() {}

          @Override
          public void complete() {
            hand(replica, cut);
          }

          @Override
          public void failed(StoreException e) {
            ended(replica, cut, e);
          }
        });
  }

  /** The rows as of the seal are in the store: they stay so, since nothing follows it. */
  private void hand(RangeReplica replica, Cut cut) {
    var seal = replica.chain().seal();
    if (cuts.get(replica) != cut || seal == null) {
      return;
    }
    var keys = replica.keys();
    var left = half(replica, seal, seal.left(), new KeyRange(keys.start(), seal.key()));
    var right = half(replica, seal, seal.right(), new KeyRange(seal.key(), keys.end()));
    var unused =
        CompletableFuture.allOf(newRanges.install(left), newRanges.install(right))
            .whenComplete((done, failed) -> onShard.accept(() -> ended(replica, cut, failed)));
  }

  private static Half half(RangeReplica replica, Seal seal, int range, KeyRange keys) {
    var held =
        replica.buffered().records().stream()
            .flatMap(push -> HeldPush.cut(push, range, keys).stream())
            .toList();
    return new Half(replica.range(), range, keys, replica.spec(), seal, held);
  }

  private void ended(RangeReplica replica, Cut cut, @Nullable Throwable failed) {
    cut.running = false;
    if (cuts.get(replica) != cut) {
      return;
    }
    if (failed == null) {
      cut.done = true;
      LOG.info("range {}: cut in two", replica.range());
      review(replica, System.nanoTime());
    } else {
      cut.notBefore = System.nanoTime() + RETRY_NANOS;
      LOG.warn("range {}: not cut yet: {}", replica.range(), failed.getMessage());
    }
  }

  private void tell(RangeReplica replica, WantedSplit wanted, Cut cut) {
    int epoch = replica.chain().epoch();
    if (cut.toldEpoch != epoch && !wanted.cutNodes().contains(node)) {
      cut.toldEpoch = epoch;
      coordination.cut(replica.range(), epoch, wanted.left());
    }
  }

  /** The replica goes, or begins anew. */
  void forget(RangeReplica replica) {
    cuts.remove(replica);
  }
}
