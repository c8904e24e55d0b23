package io.holdfast.replication.shard;

import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import io.holdfast.store.rows.StoreImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Captures ranges for snapshots (rule P29): waits for the moment that is asked for, and has a
 * checkpoint made of it. Belongs to the shard's thread; images are made on that of the checkpoints.
 *
 * <p>At once means: when all is applied that this replica's log had when it was asked. Every
 * acknowledged push is in the log of each serving replica, so that is all that had been
 * acknowledged. At a clock, the replica is applied to no further until its rows are frozen.
 */
final class CaptureDesk {
  private final RowStore store;
  private final Checkpointer checkpointer;
  private final Consumer<Runnable> onShard;
  private final Consumer<RangeReplica> goOn;
  private final Map<RangeReplica, List<Capture>> captures = new HashMap<>();
  private final Set<Pin> pins = new HashSet<>();

  /** Keeps the log from an index on; compared by identity. */
  private static final class Pin {
    final long index;

    Pin(long index) {
      this.index = index;
    }
  }

  /**
   * @param goOn told of a replica that may be applied to again
   */
  CaptureDesk(
      RowStore store,
      Checkpointer checkpointer,
      Consumer<Runnable> onShard,
      Consumer<RangeReplica> goOn) {
    this.store = store;
    this.checkpointer = checkpointer;
    this.onShard = onShard;
    this.goOn = goOn;
  }

  private final class Capture implements Checkpointer.Request {
    final RangeReplica replica;
    final CaptureWish wish;
    final CompletableFuture<RangeCapture> done = new CompletableFuture<>();

    /** All up to here has to be applied; -1: not known yet. */
    private long target = -1;

    private boolean hurried;
    private boolean asked;
    private boolean halts;
    private boolean ended;
    private long lsn;
    private List<LogRecord> held = List.of();
    private Pin pin = new Pin(Long.MAX_VALUE);
    private volatile @Nullable StoreImage image;
    private volatile @Nullable RuntimeException imageFailure;

    Capture(RangeReplica replica, CaptureWish wish) {
      this.replica = replica;
      this.wish = wish;
    }

    /** Looks whether its moment has come. */
    void review() {
      if (asked || ended) {
        return;
      }
      var refusal = refusal(replica);
      Integer clock = wish.clock();
      if (done.isDone()) {
        end(); // who asked has given up
      } else if (refusal != null) {
        fail(refusal);
      } else if (clock == null || hurried) {
        if (isCaughtUp()) {
          take(false);
        }
      } else if (!replica.isHome()) {
        int reached = reached(replica);
        if (reached == clock) {
          take(true);
        } else if (reached > clock) {
          fail(past(replica, clock, reached));
        }
      }
    }

    /**
     * What is acknowledged from now on need not be in. A replica that serves in an epoch which is
     * not activated may lack what was acknowledged before.
     */
    private boolean isCaughtUp() {
      var chain = replica.chain();
      if (target < 0 && chain.isActivated()) {
        target = chain.lastLsn();
      }
      return target >= 0 && chain.appliedLsn() >= Math.min(target, chain.lastLsn());
    }

    private void take(boolean halting) {
      asked = true;
      long applied = replica.chain().appliedLsn();
      if (!wish.image() && !halting && applied > 0 && applied == replica.checkpointLsn()) {
        freeze();
        complete();
      } else {
        halts = halting;
        checkpointer.request(replica, this);
      }
    }

    private void freeze() {
      lsn = replica.chain().appliedLsn();
      held = replica.buffered().records();
      long oldest = Long.MAX_VALUE;
      for (var record : held) {
        oldest = Math.min(oldest, record.index());
      }
      pin = new Pin(oldest);
      pins.add(pin);
    }

    @Override
    public void frozen() {
      if (!ended) {
        freeze();
        halts = false;
        goOn.accept(replica);
      }
    }

    @Override
    public void written() {
      if (wish.image() && !done.isDone()) {
        try {
          image = store.image();
        } catch (RuntimeException e) {
          imageFailure = e;
        }
      }
    }

    @Override
    public void complete() {
      var failure = imageFailure;
      if (failure != null) {
        fail(failure);
        return;
      }
      var kept = pin;
      var taken =
          new RangeCapture(
              replica.range(), lsn, held, image, () -> onShard.accept(() -> pins.remove(kept)));
      forgetThis();
      if (ended || !done.complete(taken)) {
        pins.remove(kept);
        taken.close();
      }
      ended = true;
    }

    @Override
    public void failed(StoreException e) {
      fail(e);
    }

    void fail(RuntimeException why) {
      end();
      done.completeExceptionally(why instanceof StoreException e ? known(e) : why);
    }

    private void end() {
      forgetThis();
      ended = true;
      if (halts) {
        halts = false;
        goOn.accept(replica);
      }
      pins.remove(pin);
      var made = image;
      if (made != null) {
        image = null;
        made.close();
      }
    }

    private void forgetThis() {
      var ofRange = captures.get(replica);
      if (ofRange != null) {
        ofRange.remove(this);
        if (ofRange.isEmpty()) {
          captures.remove(replica);
        }
      }
    }
  }

  private static HoldfastException known(StoreException e) {
    return new HoldfastException(
        e.kind() == StoreException.Kind.DISK_FULL ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
        String.valueOf(e.getMessage()),
        e);
  }

  private static @Nullable HoldfastException refusal(RangeReplica replica) {
    if (replica.quarantine() != null) {
      return replica.refusal();
    }
    if (!replica.isServing()) {
      return new HoldfastException(
          ErrorCode.STALE_EPOCH,
          "range " + replica.range() + " is not served by this node: ask another one of its chain");
    }
    if (replica.chain().isSealApplied()) {
      return new HoldfastException(
          ErrorCode.NOT_READY, "range " + replica.range() + " is being split: ask for its halves");
    }
    return null;
  }

  private static HoldfastException past(RangeReplica replica, int clock, int reached) {
    return new HoldfastException(
        ErrorCode.INVALID_CLOCK,
        "range "
            + replica.range()
            + (replica.isHome() ? " has a state that was saved at clock " : " is at clock ")
            + reached
            + ", past clock "
            + clock
            + ": ask for a later one");
  }

  /** The clock that a range has come to. */
  private static int reached(RangeReplica replica) {
    if (replica.isHome()) {
      return replica.states().newestClock();
    }
    return replica.spec().consistency() instanceof Consistency.Sequential
        ? replica.chain().completedClocks()
        : replica.chain().clocks().minClock();
  }

  /**
   * @return is complete when a checkpoint of the range as it was wished for is in the store; to be
   *     cancelled where nobody wants it any more. Fails with INVALID_CLOCK where the range is past
   *     the clock, with STALE_EPOCH, NOT_READY, QUARANTINED or UNKNOWN_RANGE where another replica,
   *     or the map, has to be asked
   */
  CompletableFuture<RangeCapture> capture(RangeReplica replica, CaptureWish wish) {
    var capture = new Capture(replica, wish);
    Integer clock = wish.clock();
    if (clock != null && reached(replica) > clock) {
      return CompletableFuture.failedFuture(past(replica, clock, reached(replica)));
    }
    captures.computeIfAbsent(replica, r -> new ArrayList<>()).add(capture);
    capture.review();
    return capture.done;
  }

  /** Captures that wait for a clock are to be taken now, with what is in the log. */
  void hurry(RangeReplica replica) {
    for (var capture : of(replica)) {
      capture.hurried = true;
      capture.review();
    }
  }

  private List<Capture> of(RangeReplica replica) {
    var ofRange = captures.get(replica);
    return ofRange == null ? List.of() : List.copyOf(ofRange);
  }

  /** Something has changed for a replica, or a record was applied. */
  void review(RangeReplica replica) {
    if (captures.containsKey(replica)) {
      of(replica).forEach(Capture::review);
    }
  }

  /** From time to time. */
  void look() {
    if (!captures.isEmpty()) {
      List.copyOf(captures.keySet()).forEach(this::review);
    }
  }

  /** Whether the rows must stay as they are for a moment. */
  boolean isHalted(RangeReplica replica) {
    var ofRange = captures.get(replica);
    return ofRange != null && ofRange.stream().anyMatch(capture -> capture.halts);
  }

  /** The next record is about to be applied: whether that has to wait, see {@link #isHalted}. */
  boolean stopsBeforeNext(RangeReplica replica) {
    if (!replica.isHome() || !captures.containsKey(replica)) {
      return false;
    }
    var next = replica.retained().get(replica.chain().appliedLsn() + 1);
    if (next == null
        || (next.header().type() != RecordType.SAVE
            && next.header().type() != RecordType.SAVE_WORK)) {
      return false;
    }
    for (var capture : of(replica)) {
      Integer clock = capture.wish.clock();
      if (clock != null && !capture.asked && next.header().clock() > clock) {
        capture.take(true);
      }
    }
    return isHalted(replica);
  }

  /** Index of the oldest record that captures need; {@code Long.MAX_VALUE} for none. */
  long oldestIndex() {
    long oldest = Long.MAX_VALUE;
    for (var pin : pins) {
      oldest = Math.min(oldest, pin.index);
    }
    return oldest;
  }

  /** The replica goes, or begins anew. */
  void forget(RangeReplica replica) {
    var gone =
        new HoldfastException(
            ErrorCode.UNKNOWN_RANGE,
            "range " + replica.range() + " is not on this node any more: fetch the map again");
    of(replica).forEach(capture -> capture.fail(gone));
  }

  /** The shard stops. */
  void stop() {
    var stopping = new HoldfastException(ErrorCode.UNAVAILABLE, "the node is stopping");
    List.copyOf(captures.values()).stream()
        .flatMap(ofRange -> List.copyOf(ofRange).stream())
        .toList()
        .forEach(capture -> capture.fail(stopping));
  }
}
