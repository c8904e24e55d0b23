package io.holdfast.replication.shard;

import io.holdfast.filter.NumberFormat;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.StoreException;
import io.holdfast.wire.KeyCodec;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.Request;
import io.holdfast.wire.ValueShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Answers pulls, and keeps those that must wait (rule P15). Belongs to the shard's thread. */
final class PullDesk {
  private static final long DEFAULT_DEADLINE_MILLIS = 60_000;
  private static final long DEADLINE_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Limits limits;
  private final Replies replies;
  private final Coordination coordination;
  private final BiConsumer<RangeReplica, String> quarantine;
  private final Set<RangeReplica> waiting = new LinkedHashSet<>();
  private final Set<RangeReplica> changed = new LinkedHashSet<>();
  private ByteBuffer encodedKeys =
      ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private long nextDeadlineCheck = System.nanoTime();
  private final EncodedAnswer encoded = new EncodedAnswer();
  private long answered;
  private long answeredBytes;
  private long parked;

  PullDesk(
      Limits limits,
      Replies replies,
      Coordination coordination,
      BiConsumer<RangeReplica, String> quarantine) {
    this.limits = limits;
    this.coordination = coordination;
    this.replies = replies;
    this.quarantine = quarantine;
  }

  /** Answers, or parks, a pull of a range that is served here. */
  void pull(RangeReplica replica, Request.Pull pull, ShardRequest request) {
    check(replica, pull);
    int rank = request.channel().rank();
    var stale = stale(replica, pull, rank);
    if (stale != null) {
      throw stale;
    }
    if (pull.latest()) {
      checkLatest(replica);
    }
    if (replica.canAnswer(pull, rank, replica.chain().committedLsn())
        && request.channel().isReady()) {
      var keys = replica.scratch();
      readKeys(replica, pull.keys(), request, keys);
      answer(replica, pull, request.channel(), keys);
    } else {
      park(replica, pull, request);
    }
  }

  /**
   * A worker whose rank another has by now: what that one pushed must not pass for its own (rule
   * P14).
   */
  private static @Nullable HoldfastException stale(
      RangeReplica replica, Request.Pull pull, int rank) {
    if (pull.incarnation() == 0 || rank < 0) {
      return null;
    }
    var fenced = replica.chain().clocks().fence(rank, pull.incarnation());
    return fenced != null && fenced.code() == ErrorCode.STALE_INCARNATION
        ? new HoldfastException(fenced.code(), fenced.message())
        : null;
  }

  /**
   * P16: the tail alone, while its lease lives. The rows do not change between this and the answer,
   * which the same thread makes, so what is read is what was latest at this moment.
   */
  private void checkLatest(RangeReplica replica) {
    if (!replica.chain().isTail()) {
      throw new HoldfastException(
          ErrorCode.STALE_EPOCH,
          "this node is not the tail of range "
              + replica.range()
              + ", which alone answers with the latest value: fetch the map again");
    }
    if (!coordination.isLeased()) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "this node has not reached ZooKeeper for a while, so it cannot know whether its value is"
              + " the latest");
    }
  }

  private void check(RangeReplica replica, Request.Pull pull) {
    if (replica.isHome()) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "a home range holds no rows");
    }
    PushIntake.checkCount(pull.keys(), 1, limits);
    if (pull.wanted().encoding().format() != NumberFormat.PLAIN
        && replica.spec().element() != ElementType.FLOAT32) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "values of "
              + replica.spec().element()
              + " cannot be answered in another number format: ask for them as they are");
    }
    long bytes = (long) pull.keys().count() * replica.spec().rowBytes();
    if (bytes > limits.maxFrameBytes()) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "an answer of "
              + bytes
              + " bytes is over the limit of "
              + limits.maxFrameBytes()
              + ": pull fewer keys at a time");
    }
  }

  private void readKeys(RangeReplica replica, KeyField field, ShardRequest request, KeyBatch into) {
    if (field.encoding() == KeyField.Encoding.CONTIGUOUS) {
      into.setContiguous(field.first(), field.count());
    } else {
      if (encodedKeys.capacity() < field.length()) {
        encodedKeys =
            ByteBuffer.allocateDirect(Integer.highestOneBit(field.length()) * 2)
                .order(ByteOrder.LITTLE_ENDIAN);
      }
      encodedKeys.clear();
      field.copyTo(request.lease().frame(), encodedKeys);
      long[] keys = into.setListed(field.count());
      if (field.encoding() == KeyField.Encoding.RAW) {
        KeyCodec.decodeRaw(encodedKeys, 0, field.length(), keys, field.count());
      } else {
        KeyCodec.decodeDeltas(encodedKeys, 0, field.length(), keys, field.count());
      }
    }
    PushIntake.checkInside(into, replica.keys());
  }

  private void park(RangeReplica replica, Request.Pull pull, ShardRequest request) {
    if (replica.parked().size() >= limits.maxParked()) {
      throw new HoldfastException(
          ErrorCode.OVERLOADED,
          limits.maxParked() + " pulls wait on range " + replica.range() + " already");
    }
    var keys = new KeyBatch();
    readKeys(replica, pull.keys(), request, keys);
    long millis =
        pull.header().deadlineMillis() == 0
            ? DEFAULT_DEADLINE_MILLIS
            : Integer.toUnsignedLong(pull.header().deadlineMillis());
    long nanos = TimeUnit.MILLISECONDS.toNanos(Math.min(millis, limits.maxDeadline().toMillis()));
    replica
        .parked()
        .add(
            new ParkedRequest(
                pull,
                request.channel(),
                keys,
                replica.chain().committedLsn(),
                System.nanoTime() + nanos));
    waiting.add(replica);
    parked++;
  }

  private void answer(
      RangeReplica replica, Request.Pull pull, ReplyChannel channel, KeyBatch keys) {
    var chain = replica.chain();
    int rowBytes = replica.spec().rowBytes();
    var rows = new GatheredRows(replica.rows(), keys, rowBytes);
    var made =
        pull.wanted().isPlain()
            ? new EncodedAnswer.Made(ValueShape.PLAIN, rows)
            : encoded.of(rows, keys.count(), rowBytes, pull.wanted(), pull.seed());
    channel.send(
        List.of(
            new OutboundReply.Pulled(
                pull.header().call(),
                chain.epoch(),
                chain.appliedLsn(),
                replica.answeredClock(),
                made.values(),
                made.shape())));
    answered++;
    answeredBytes += made.values().byteLength();
  }

  /** Something was committed on the range that pulls may wait for. */
  void changed(RangeReplica replica) {
    replica.watchClock(System.nanoTime());
    if (!replica.parked().isEmpty()) {
      changed.add(replica);
    }
  }

  /** Everything that waits is to be looked at. */
  void changedAll() {
    changed.addAll(waiting);
  }

  /** Answers what can be answered by now, and tells those whose time is over. */
  void review(long now) {
    boolean deadlines = now - nextDeadlineCheck >= 0;
    if (deadlines) {
      nextDeadlineCheck = now + DEADLINE_CHECK_NANOS;
    }
    if (!changed.isEmpty()) {
      changed.forEach(replica -> review(replica, now));
      changed.clear();
    } else if (deadlines && !waiting.isEmpty()) {
      waiting.forEach(replica -> review(replica, now));
    }
    if (deadlines) {
      waiting.removeIf(replica -> replica.parked().isEmpty());
    }
  }

  private void review(RangeReplica replica, long now) {
    int before = replica.parked().size();
    replica.parked().removeIf(request -> settle(replica, request, now));
    parked -= before - replica.parked().size();
  }

  private boolean settle(RangeReplica replica, ParkedRequest request, long now) {
    var channel = request.channel();
    if (channel.isClosed()) {
      return true;
    }
    if (replica.quarantine() != null) {
      fail(
          request, ErrorCode.QUARANTINED, "range " + replica.range() + ": " + replica.quarantine());
      return true;
    }
    if (!replica.isServing()) {
      fail(
          request,
          ErrorCode.STALE_EPOCH,
          "this node does not serve the range any more: fetch the map again");
      return true;
    }
    var stale = stale(replica, request.pull(), channel.rank());
    if (stale != null) {
      fail(request, stale.code(), String.valueOf(stale.getMessage()));
      return true;
    }
    if (request.pull().latest() && !isLatest(replica, request)) {
      return true;
    }
    if (replica.canAnswer(request.pull(), channel.rank(), request.committedThen())
        && channel.isReady()) {
      answerOrQuarantine(replica, request);
      return true;
    }
    if (now - request.deadlineNanos() >= 0) {
      fail(request, ErrorCode.DEADLINE_EXCEEDED, waitedFor(replica, request));
      return true;
    }
    return false;
  }

  private boolean isLatest(RangeReplica replica, ParkedRequest request) {
    try {
      checkLatest(replica);
      return true;
    } catch (HoldfastException e) {
      fail(request, e.code(), String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void answerOrQuarantine(RangeReplica replica, ParkedRequest request) {
    try {
      answer(replica, request.pull(), request.channel(), request.keys());
    } catch (StoreException e) {
      quarantine.accept(replica, String.valueOf(e.getMessage()));
      fail(request, ErrorCode.QUARANTINED, "range " + replica.range() + ": " + e.getMessage());
    }
  }

  private static String waitedFor(RangeReplica replica, ParkedRequest request) {
    var pull = request.pull();
    var clocks = replica.chain().clocks();
    return "the pull waited for other workers: it is from clock "
        + pull.clock()
        + " and needs clock "
        + replica.neededClocks(pull)
        + ", all "
        + clocks.expectedWorkers()
        + " workers have finished "
        + replica.answeredClock()
        + " clocks on range "
        + replica.range()
        + " ("
        + replica.spec().consistency()
        + "), which has not grown for "
        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - replica.clockMovedNanos())
        + " ms; behind: "
        + clocks.behind(replica.neededClocks(pull))
        + ". Start a lost worker again under its rank, or let the group go on without it (holdfast"
        + " job)";
  }

  private void fail(ParkedRequest request, ErrorCode code, String message) {
    replies.add(
        request.channel(),
        OutboundReply.failed(request.pull().header().call(), new HoldfastException(code, message)));
  }

  void dropped(RangeReplica replica, ErrorCode told, String message) {
    for (var request : replica.parked()) {
      fail(request, told, message);
    }
    parked -= replica.parked().size();
    replica.parked().clear();
    waiting.remove(replica);
    changed.remove(replica);
  }

  long answered() {
    return answered;
  }

  /** Values of the answers, as they went. */
  long answeredBytes() {
    return answeredBytes;
  }

  long parked() {
    return parked;
  }
}
