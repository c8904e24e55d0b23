package io.holdfast.replication.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.holdfast.model.ErrorCode;
import io.holdfast.wire.ClientFrames;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Request;
import io.holdfast.wire.ValueShape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A worker that pushes to whichever node the test says, and retries as the real client does. */
final class ChainClient implements ReplyChannel {
  private final ShardChain chain;
  private final int rank;
  private final Map<Long, ShardFixture.Answer> answers = new ConcurrentHashMap<>();
  private final Map<Long, Sent> sent = new ConcurrentHashMap<>();
  private int range = ShardChain.RANGE;
  private final KeyLists<KeyField> keyLists = new KeyLists<>(1 << 20);
  private long calls;
  private long seq;
  private long last;
  private int incarnation = 1;

  private record Sent(long seq, long key, float value) {}

  ChainClient(ShardChain chain, int rank) {
    this.chain = chain;
    this.rank = rank;
  }

  /** From here on it speaks to another range, which goes on with its seqs. */
  void turnTo(int otherRange) {
    range = otherRange;
  }

  void turnTo(int otherRange, long itsSeq) {
    range = otherRange;
    seq = itsSeq;
  }

  /** It lives again, and goes on behind this seq. */
  void reborn(int newIncarnation, long itsSeq) {
    incarnation = newIncarnation;
    seq = itsSeq;
  }

  long seq() {
    return seq;
  }

  void join(int node) {
    join(node, 0);
  }

  /** As one of a group. */
  void join(int node, int group) {
    untilTaken(
        node,
        () ->
            new OutboundRequest.Join(
                new Request.Header(++calls, range, chain.epoch(range), 0), incarnation, group, 0));
  }

  /** Has finished so many clocks. */
  void tick(int node, int clock) {
    long tick = ++seq;
    untilTaken(
        node,
        () ->
            new OutboundRequest.Tick(
                new Request.Header(++calls, range, chain.epoch(range), 0),
                incarnation,
                tick,
                clock));
  }

  /** Pushes several rows of a clock, and waits until they are acknowledged. */
  void pushAll(int node, int clock, long[] keys, float... values) {
    long push = ++seq;
    untilTaken(
        node,
        () ->
            new OutboundRequest.Push(
                new Request.Header(++calls, range, chain.epoch(range), 0),
                incarnation,
                push,
                clock,
                OutboundKeys.of(keys, 0, keys.length),
                OutboundValues.of(values, 0, values.length)));
  }

  /** Writes a row over, and waits until it is acknowledged. */
  void replace(int node, long key, float value) {
    long push = ++seq;
    untilTaken(
        node,
        () ->
            new OutboundRequest.Push(
                new Request.Header(++calls, range, chain.epoch(range), 0),
                incarnation,
                push,
                0,
                OutboundKeys.of(new long[] {key}, 0, 1),
                OutboundValues.of(new float[] {value}, 0, 1).asWholeRows()));
  }

  /** Pushes and waits until it is acknowledged. */
  void push(int node, long key, float value) {
    last = send(node, key, value);
    resend(node, last);
  }

  /** Pushes once, and gives what came back. */
  ShardFixture.Answer tryPush(int node, long key, float value) {
    long call = submit(node, request(new Sent(seq + 1, key, value)));
    return answer(call);
  }

  /** Sends a push and does not wait. */
  long send(int node, long key, float value) {
    var push = new Sent(++seq, key, value);
    last = submit(node, request(push));
    sent.put(last, push);
    return last;
  }

  /** Sends a push again, under its seq, until it is acknowledged. */
  void resend(int node, long call) {
    var push = sent.get(call);
    assertNotNull(push);
    var answer = answers.get(call);
    if (answer == null || answer.reply() instanceof OutboundReply.Failed) {
      untilTaken(node, () -> request(push));
    }
  }

  void repeatLast(int node) {
    var push = sent.get(last);
    assertNotNull(push);
    untilTaken(node, () -> request(push));
  }

  /** Nobody will send the last push again; its seq is used for the next. */
  void forgetLast() {
    seq--;
  }

  float[] pull(int node, long... keys) {
    return untilTaken(
            node,
            () ->
                new OutboundRequest.Pull(
                    new Request.Header(++calls, range, chain.epoch(range), 5_000),
                    0,
                    0,
                    seq,
                    OutboundKeys.of(keys, 0, keys.length),
                    false))
        .floats();
  }

  /** Asks for the latest value of a key and does not wait. */
  long sendLatest(int node, long key) {
    return submit(
        node,
        new OutboundRequest.Pull(
            new Request.Header(++calls, range, chain.epoch(range), 5_000),
            0,
            0,
            0,
            OutboundKeys.of(new long[] {key}, 0, 1),
            true,
            true,
            ValueShape.PLAIN,
            0,
            Request.Need.NONE));
  }

  boolean isAnswered(long call) {
    return answers.containsKey(call);
  }

  private OutboundRequest request(Sent push) {
    return new OutboundRequest.Push(
        new Request.Header(++calls, range, chain.epoch(range), 0),
        incarnation,
        push.seq(),
        0,
        OutboundKeys.of(new long[] {push.key()}, 0, 1),
        OutboundValues.of(new float[] {push.value()}, 0, 1));
  }

  private ShardFixture.Answer untilTaken(
      int node, java.util.function.Supplier<OutboundRequest> request) {
    long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      var answer = answer(submit(node, request.get()));
      if (!(answer.reply() instanceof OutboundReply.Failed failed)) {
        return answer;
      }
      var code = failed.error().code();
      boolean passes =
          code == ErrorCode.STALE_EPOCH
              || code == ErrorCode.NOT_READY
              || code == ErrorCode.UNKNOWN_RANGE;
      if (!passes || System.nanoTime() > until) {
        throw failed.error();
      }
      Thread.onSpinWait();
    }
  }

  ShardFixture.Answer answer(long call) {
    await("answer to call " + call)
        .atMost(Duration.ofSeconds(10))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> answers.containsKey(call));
    return java.util.Objects.requireNonNull(answers.get(call));
  }

  private long submit(int node, OutboundRequest request) {
    var bytes = new ByteArrayOutputStream();
    try {
      ClientFrames.requests(List.of(request)).writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var frame = InboundFrame.of(ByteBuffer.wrap(bytes.toByteArray()));
    var read = ClientFrames.read(frame).requests().get(0);
    chain
        .node(node)
        .shard()
        .submit(new ShardRequest(read, new FrameLease(frame, 1, () -> {}), this));
    return read.header().call();
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public void send(List<OutboundReply> replies) {
    for (var reply : replies) {
      var all = new ArrayList<Byte>();
      if (reply instanceof OutboundReply.Pulled pulled) {
        var staging = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        while (all.size() < pulled.values().byteLength()) {
          staging.clear();
          pulled.values().fill(staging);
          for (int i = 0; i < staging.position(); i++) {
            all.add(staging.get(i));
          }
        }
      }
      byte[] values = new byte[all.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = all.get(i);
      }
      answers.put(reply.call(), new ShardFixture.Answer(reply, values));
    }
  }

  @Override
  public KeyLists<KeyField> keyLists() {
    return keyLists;
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return false;
  }
}
