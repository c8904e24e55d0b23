package io.holdfast.client;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.Failure;
import io.holdfast.v1.Joined;
import io.holdfast.v1.Left;
import io.holdfast.v1.Pull;
import io.holdfast.v1.Pulled;
import io.holdfast.v1.Push;
import io.holdfast.v1.Pushed;
import io.holdfast.v1.Reply;
import io.holdfast.v1.Request;
import io.holdfast.v1.Saved;
import io.holdfast.v1.Ticked;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A range of the fake cluster: rows that pushes are added to, and what it knows of each worker. */
final class FakeRange {
  private final int id;
  private final KeyRange keys;
  private final int width;
  private final boolean isLong;
  private final Map<Long, double[]> rows = new HashMap<>();
  private final Map<Long, Member> members = new HashMap<>();
  private final List<Parked> parked = new ArrayList<>();
  private long lsn;
  private int pushes;
  private int fillers;
  private int duplicates;

  /** What a range knows of a worker. */
  static final class Member {
    int incarnation;
    long seq;
    int clock;
    int savedClock;
    ByteString state = ByteString.EMPTY;
    boolean hasState;
    boolean left;

    Member copy() {
      var copy = new Member();
      copy.incarnation = incarnation;
      copy.seq = seq;
      copy.clock = clock;
      copy.left = left;
      return copy;
    }
  }

  private record Parked(long ownSeq, Member member, Runnable answer) {}

  FakeRange(int id, KeyRange keys, int width, boolean isLong) {
    this.id = id;
    this.keys = keys;
    this.width = width;
    this.isLong = isLong;
  }

  /** What a split makes: the same members, and the rows of these keys. */
  FakeRange part(int part, KeyRange half) {
    var made = new FakeRange(part, half, width, isLong);
    rows.forEach(
        (key, row) -> {
          if (half.contains(key)) {
            made.rows.put(key, row);
          }
        });
    members.forEach((worker, member) -> made.members.put(worker, member.copy()));
    made.lsn = lsn;
    return made;
  }

  /** Pushes that were applied. */
  int pushes() {
    return pushes;
  }

  int fillers() {
    return fillers;
  }

  int duplicates() {
    return duplicates;
  }

  Map<Long, double[]> rows() {
    return rows;
  }

  /** The first value of a row. */
  double value(long key) {
    return rows.getOrDefault(key, new double[1])[0];
  }

  /** Of the job of the fake, with its rank. */
  Member member(int rank) {
    return members.computeIfAbsent((7L << 32) | rank, unknown -> new Member());
  }

  Map<Long, Member> members() {
    return members;
  }

  /** Fills the reply in, or keeps the request and gives the reply to {@code late}. */
  void answer(long worker, Request request, Reply.Builder reply, Consumer<Reply> late) {
    Member member = members.computeIfAbsent(worker, unknown -> new Member());
    switch (request.getBodyCase()) {
      case JOIN -> {
        if (request.getJoin().getIncarnation() != 0
            && request.getJoin().getIncarnation() < member.incarnation) {
          throw new HoldfastException(ErrorCode.STALE_INCARNATION, "now " + member.incarnation);
        }
        member.incarnation =
            request.getJoin().getIncarnation() == 0
                ? member.incarnation + 1
                : request.getJoin().getIncarnation();
        reply.setJoined(
            Joined.newBuilder()
                .setIncarnation(member.incarnation)
                .setLastSeq(member.seq)
                .setClock(member.clock)
                .setSavedClock(member.savedClock)
                .setSavedState(member.state)
                .setHasSavedState(member.hasState));
      }
      case PUSH -> push(member, request.getPush(), reply);
      case TICK -> {
        fence(member, request.getTick().getIncarnation());
        boolean isNew = sequence(member, request.getTick().getSeq());
        if (isNew) {
          member.clock = request.getTick().getClock();
        }
        reply.setTicked(Ticked.newBuilder().setLsn(lsn).setDuplicate(!isNew));
      }
      case PULL -> {
        Pull pull = request.getPull();
        if (pull.getOwnSeq() > member.seq) {
          long call = request.getCall();
          parked.add(
              new Parked(
                  pull.getOwnSeq(),
                  member,
                  () ->
                      late.accept(Reply.newBuilder().setCall(call).setPulled(pull(pull)).build())));
        } else {
          reply.setPulled(pull(pull));
        }
      }
      case SAVE -> {
        fence(member, request.getSave().getIncarnation());
        if (request.getSave().getClock() < member.savedClock) {
          throw new HoldfastException(ErrorCode.INVALID_CLOCK, "saved already");
        }
        member.savedClock = request.getSave().getClock();
        member.state = request.getSave().getState();
        member.hasState = true;
        reply.setSaved(Saved.newBuilder().setLsn(++lsn));
      }
      case LEAVE -> {
        fence(member, request.getLeave().getIncarnation());
        member.left = true;
        reply.setLeft(Left.newBuilder().setLsn(++lsn));
      }
      case QUEUE -> throw new HoldfastException(ErrorCode.UNKNOWN_QUEUE, "no queues here");
      case TICKS -> throw new IllegalStateException("a group of ticks is told apart before");
      case BODY_NOT_SET -> throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "nothing");
    }
    unpark();
  }

  static Failure failure(HoldfastException error) {
    return Failure.newBuilder()
        .setMessage("as the fake says: " + error.getMessage())
        .setInfo(
            ErrorInfo.newBuilder()
                .setDomain("holdfast")
                .setReason(error.code().name())
                .putMetadata("retry", error.retry().name()))
        .build();
  }

  private void push(Member member, Push push, Reply.Builder reply) {
    fence(member, push.getIncarnation());
    long[] pushed =
        keys(
            push.hasFirstKey(),
            push.getFirstKey(),
            push.getRawKeys(),
            push.getDeltaKeys(),
            push.getKeyCount());
    ByteBuffer values = push.getValues().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (values.remaining() != pushed.length * width * (isLong ? 8 : 4)) {
      throw new HoldfastException(ErrorCode.WRONG_WIDTH, values.remaining() + " bytes");
    }
    for (int i = 0; i < pushed.length * width && !isLong; i++) {
      if (Float.isNaN(values.getFloat(4 * i))) {
        throw new HoldfastException(ErrorCode.NOT_A_NUMBER, "value " + i);
      }
    }
    boolean isNew = sequence(member, push.getSeq());
    if (isNew) {
      pushes += pushed.length > 0 ? 1 : 0;
      fillers += pushed.length > 0 ? 0 : 1;
      for (long key : pushed) {
        double[] row = rows.computeIfAbsent(key, fresh -> new double[width]);
        for (int i = 0; i < width; i++) {
          row[i] += isLong ? values.getLong() : values.getFloat();
        }
      }
    }
    reply.setPushed(Pushed.newBuilder().setLsn(lsn).setDuplicate(!isNew));
  }

  private Pulled.Builder pull(Pull pull) {
    long[] wanted =
        keys(
            pull.hasFirstKey(),
            pull.getFirstKey(),
            pull.getRawKeys(),
            pull.getDeltaKeys(),
            pull.getKeyCount());
    ByteBuffer values =
        ByteBuffer.allocate(wanted.length * width * (isLong ? 8 : 4))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long key : wanted) {
      double[] row = rows.getOrDefault(key, new double[width]);
      for (double value : row) {
        if (isLong) {
          values.putLong((long) value);
        } else {
          values.putFloat((float) value);
        }
      }
    }
    int clock = members.values().stream().mapToInt(member -> member.clock).min().orElse(0);
    return Pulled.newBuilder()
        .setEpoch(1)
        .setLsn(lsn)
        .setMinClock(clock)
        .setValues(ByteString.copyFrom(values.flip()));
  }

  private long[] keys(
      boolean isContiguous, long first, ByteString raw, ByteString deltas, int count) {
    long[] found = new long[count];
    try {
      var stream = deltas.newCodedInput();
      ByteBuffer fixed = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        if (isContiguous) {
          found[i] = first + i;
        } else if (!raw.isEmpty()) {
          found[i] = fixed.getLong();
        } else {
          found[i] = stream.readRawVarint64() + (i == 0 ? 0 : found[i - 1]);
        }
        if (!keys.contains(found[i])
            || (i > 0 && Long.compareUnsigned(found[i], found[i - 1]) <= 0)) {
          throw new HoldfastException(ErrorCode.KEY_OUT_OF_RANGE, "range " + id + " key " + i);
        }
      }
      if (!stream.isAtEnd() || (!raw.isEmpty() && fixed.hasRemaining())) {
        throw new HoldfastException(ErrorCode.MALFORMED_FRAME, "keys left over");
      }
      return found;
    } catch (IOException e) {
      throw new HoldfastException(ErrorCode.MALFORMED_FRAME, "keys", e);
    }
  }

  private static void fence(Member member, int incarnation) {
    if (member.incarnation == 0) {
      throw new HoldfastException(ErrorCode.NOT_JOINED, "join first");
    }
    if (incarnation != member.incarnation) {
      throw new HoldfastException(
          ErrorCode.STALE_INCARNATION, incarnation + " is not " + member.incarnation);
    }
  }

  // Whether it is new.
  private boolean sequence(Member member, long seq) {
    if (seq <= member.seq) {
      duplicates++;
      return false;
    }
    if (seq != member.seq + 1) {
      throw new HoldfastException(ErrorCode.SEQ_GAP, seq + " after " + member.seq);
    }
    member.seq = seq;
    lsn++;
    return true;
  }

  private void unpark() {
    for (Iterator<Parked> all = parked.iterator(); all.hasNext(); ) {
      Parked one = all.next();
      if (one.ownSeq() <= one.member().seq) {
        all.remove();
        one.answer().run();
      }
    }
  }
}
