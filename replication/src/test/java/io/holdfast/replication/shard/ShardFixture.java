package io.holdfast.replication.shard;

import static org.awaitility.Awaitility.await;

import io.holdfast.model.Consistency;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.ChainConfig;
import io.holdfast.store.log.LogKind;
import io.holdfast.store.log.LogOptions;
import io.holdfast.store.log.Logs;
import io.holdfast.store.log.ShardLog;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One shard with a real log, rows in memory, and clients that speak through real frames. */
final class ShardFixture implements AutoCloseable {
  static final int HOME = 1;
  static final int RANGE = 2;
  static final int EPOCH = 1;
  static final int NODE = 1;

  final MemoryRowStore store = new MemoryRowStore();
  final ExecutorService checkpoints = Executors.newSingleThreadExecutor();
  private final Path directory;
  private final TableSpec spec;
  private final ShardSettings settings;
  volatile @Nullable HoldfastException gate;
  volatile boolean logFull;
  final AtomicReference<Throwable> broken = new AtomicReference<>();
  Shard shard;

  ShardFixture(Path directory, TableSpec spec) {
    this(directory, spec, settings(1 << 20, 1 << 24));
  }

  ShardFixture(Path directory, TableSpec spec, ShardSettings settings) {
    this.directory = directory;
    this.spec = spec;
    this.settings = settings;
    this.shard = start();
  }

  static ShardSettings settings(long replayBytes, long maxLogBytes) {
    return new ShardSettings(
        0,
        replayBytes,
        maxLogBytes,
        0,
        Duration.ofSeconds(1),
        Duration.ofMillis(20),
        Limits.defaults());
  }

  private static List<RangeAssignment> ranges(TableSpec spec, int consistencyVersion) {
    var alone = ChainConfig.alone(EPOCH, NODE, 1);
    return List.of(
        new RangeAssignment(
            HOME, KeyRange.ALL, TableSpec.sparse().build(), true, alone, true, Set.of(NODE)),
        new RangeAssignment(
            RANGE,
            new KeyRange(0, 1_000),
            spec,
            consistencyVersion,
            false,
            alone,
            true,
            Set.of(NODE),
            null));
  }

  /** The shard hears of another consistency of the table. */
  @SuppressWarnings("FutureReturnValueIgnored") // none is: the future in the future is joined
  void changeConsistency(Consistency changed, int version) {
    shard
        .ask(s -> s.assign(ranges(spec.withConsistency(changed), version), Set.of(), NODE, 1))
        .join()
        .join();
  }

  private Shard start() {
    var ranges = ranges(spec, 0);
    var ports =
        new ShardPorts(
            () -> gate,
            Peers.NONE,
            AloneCoordination.INSTANCE,
            half -> CompletableFuture.failedFuture(new IllegalStateException("nobody splits here")),
            checkpoints,
            checkpoints,
            checkpoints,
            broken::set);
    return Shard.start(settings, log(), store, ranges, NODE, 1, ports);
  }

  private ShardLog log() {
    var options = LogOptions.of(LogKind.FILE, directory.resolve("log"), 0);
    return new FillableLog(Logs.open(options.withSizes(1 << 20, 1 << 18)), () -> logFull);
  }

  /** Stops without a checkpoint, so that recovery has everything to do. */
  void restart() {
    shard.closeWithoutCheckpoint();
    shard = start();
  }

  void restartCleanly() {
    shard.close();
    shard = start();
  }

  Client client(int rank) {
    return new Client(rank);
  }

  @Override
  public void close() {
    shard.close();
    checkpoints.shutdownNow();
  }

  /** A client with its own stream. */
  final class Client implements ReplyChannel {
    private final int rank;
    private final Map<Long, Answer> answers = new ConcurrentHashMap<>();
    private final KeyLists<KeyField> keyLists = new KeyLists<>(1 << 20);
    private long calls;
    volatile boolean ready = true;
    volatile boolean closed;
    final AtomicInteger credits = new AtomicInteger();

    Client(int rank) {
      this.rank = rank;
    }

    Request.Header header(int range) {
      return new Request.Header(++calls, range, EPOCH, 2_000);
    }

    /** Joins the home range and then the table's; returns the incarnation. */
    int join(int group, int clock) {
      var home = ask(new OutboundRequest.Join(header(HOME), 0, group, 0)).joined();
      joinRange(home.getIncarnation(), group, clock);
      return home.getIncarnation();
    }

    io.holdfast.v1.Joined joinRange(int incarnation, int group, int clock) {
      return ask(new OutboundRequest.Join(header(RANGE), incarnation, group, clock)).joined();
    }

    Answer push(int incarnation, long seq, int clock, long[] keys, float... values) {
      return ask(pushRequest(incarnation, seq, clock, keys, values));
    }

    OutboundRequest pushRequest(
        int incarnation, long seq, int clock, long[] keys, float... values) {
      return new OutboundRequest.Push(
          header(RANGE),
          incarnation,
          seq,
          clock,
          OutboundKeys.of(keys, 0, keys.length),
          OutboundValues.of(values, 0, values.length));
    }

    Answer tick(int incarnation, long seq, int clock) {
      return ask(new OutboundRequest.Tick(header(RANGE), incarnation, seq, clock));
    }

    OutboundRequest pullRequest(int incarnation, int clock, long ownSeq, long... keys) {
      return new OutboundRequest.Pull(
          header(RANGE), incarnation, clock, ownSeq, OutboundKeys.of(keys, 0, keys.length), false);
    }

    /** A pull of one key that states what it needs. */
    OutboundRequest statingPull(int incarnation, int clock, int needed, int version) {
      return new OutboundRequest.Pull(
          header(RANGE),
          incarnation,
          clock,
          0,
          OutboundKeys.contiguous(1, 1),
          false,
          false,
          ValueShape.PLAIN,
          0,
          new Request.Need(needed, version));
    }

    float[] pull(long... keys) {
      return ask(pullRequest(0, 0, 0, keys)).floats();
    }

    /** Sends and waits for the answer. */
    Answer ask(OutboundRequest request) {
      return answer(send(request));
    }

    Answer answer(long call) {
      await("answer to call " + call)
          .atMost(Duration.ofSeconds(10))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> answers.containsKey(call));
      return java.util.Objects.requireNonNull(answers.get(call));
    }

    boolean isAnswered(long call) {
      return answers.containsKey(call);
    }

    /** Sends; returns the call's number. */
    long send(OutboundRequest request) {
      var frame = ClientFrames.requests(List.of(request));
      var bytes = new ByteArrayOutputStream();
      try {
        frame.writeTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return sendRaw(InboundFrame.of(ByteBuffer.wrap(bytes.toByteArray())));
    }

    long sendRaw(InboundFrame inbound) {
      var read = ClientFrames.read(inbound).requests();
      var lease = new FrameLease(inbound, read.size(), credits::incrementAndGet);
      for (var one : read) {
        shard.submit(new ShardRequest(one, lease, this));
      }
      return read.get(read.size() - 1).header().call();
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public void send(List<OutboundReply> replies) {
      for (var reply : replies) {
        byte[] values = reply instanceof OutboundReply.Pulled pulled ? read(pulled) : new byte[0];
        answers.put(reply.call(), new Answer(reply, values));
      }
    }

    private static byte[] read(OutboundReply.Pulled pulled) {
      var all = new ByteArrayOutputStream();
      var staging = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
      while (all.size() < pulled.values().byteLength()) {
        staging.clear();
        pulled.values().fill(staging);
        all.write(staging.array(), 0, staging.position());
      }
      return all.toByteArray();
    }

    @Override
    public KeyLists<KeyField> keyLists() {
      return keyLists;
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public boolean isClosed() {
      return closed;
    }
  }

  /** A reply, with its values read when it was sent. */
  record Answer(OutboundReply reply, byte[] values) {
    float[] floats() {
      var floats = new ArrayList<Float>();
      pulled();
      var bytes = ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        floats.add(bytes.getFloat());
      }
      float[] array = new float[floats.size()];
      for (int i = 0; i < array.length; i++) {
        array[i] = floats.get(i);
      }
      return array;
    }

    OutboundReply.Pulled pulled() {
      return cast(OutboundReply.Pulled.class);
    }

    OutboundReply.Pushed pushed() {
      return cast(OutboundReply.Pushed.class);
    }

    io.holdfast.v1.Joined joined() {
      return cast(OutboundReply.Joined.class).joined();
    }

    HoldfastException failure() {
      return cast(OutboundReply.Failed.class).error();
    }

    <T> T cast(Class<T> type) {
      if (!type.isInstance(reply)) {
        throw new AssertionError("expected " + type.getSimpleName() + ", got " + reply);
      }
      return type.cast(reply);
    }
  }
}
