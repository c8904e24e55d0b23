package io.holdfast.replication.shard;

import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.ChainConfig;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.chain.ChainMember.Role;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.store.log.LogKind;
import io.holdfast.store.log.LogOptions;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.Logs;
import io.holdfast.wire.InboundFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Several shards, each a node of its own with a real log, in one process: their streams are direct
 * calls, and one range's chain is decided by a coordination that grants what is asked.
 */
final class ShardChain implements AutoCloseable {
  static final int HOME = 1;
  static final int RANGE = 2;

  private final Path directory;
  private final TableSpec spec;
  private final List<Node> nodes = new ArrayList<>();
  final AtomicReference<Throwable> broken = new AtomicReference<>();

  // The catalogue, guarded by this.
  private int epoch;
  private List<ChainMember> members = List.of();
  private int activatedEpoch;
  private Set<Integer> activatedNodes = Set.of();

  /** Lost on the way, while it holds. */
  volatile boolean cut;

  ShardChain(Path directory, TableSpec spec, int count) {
    this.directory = directory;
    this.spec = spec;
    for (int i = 1; i <= count; i++) {
      nodes.add(new Node(i));
    }
  }

  Node node(int id) {
    return nodes.get(id - 1);
  }

  /** Makes a configuration of serving nodes, and at most one that syncs. */
  synchronized void configure(@Nullable Integer syncing, int... serving) {
    var next = new ArrayList<ChainMember>();
    for (int id : serving) {
      next.add(new ChainMember(id, node(id).incarnation, Role.SERVING));
    }
    if (syncing != null) {
      next.add(new ChainMember(syncing, node(syncing).incarnation, Role.SYNCING));
    }
    epoch++;
    members = next;
    tellAll();
  }

  private synchronized RangeAssignment assignment() {
    return new RangeAssignment(
        RANGE,
        new KeyRange(0, 1_000_000),
        spec,
        false,
        new ChainConfig(epoch, members, activatedEpoch, 1),
        members.stream().filter(ChainMember::isServing).count() >= nodes.size(),
        activatedNodes);
  }

  private synchronized void tellAll() {
    nodes.forEach(Node::tell);
  }

  synchronized int epoch() {
    return epoch;
  }

  synchronized List<ChainMember> members() {
    return members;
  }

  private synchronized void activate(int activated) {
    if (activated == epoch) {
      activatedEpoch = epoch;
      var serving = new HashSet<Integer>();
      members.stream().filter(ChainMember::isServing).forEach(m -> serving.add(m.node()));
      activatedNodes = serving;
      tellAll();
    }
  }

  private synchronized void promote(int inEpoch, int joiner) {
    if (inEpoch == epoch) {
      epoch++;
      members =
          members.stream()
              .map(
                  m ->
                      m.node() == joiner
                          ? new ChainMember(m.node(), m.incarnation(), Role.SERVING)
                          : m)
              .toList();
      tellAll();
    }
  }

  @Override
  public void close() {
    nodes.forEach(Node::stop);
  }

  /** One node: its shard, and its ends of the streams to the others. */
  final class Node implements Peers, Coordination {
    final int id;
    final MemoryRowStore store = new MemoryRowStore();
    int incarnation = 1;
    volatile boolean leased = true;
    @Nullable Shard shard;
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private ExecutorService copiesIn = Executors.newSingleThreadExecutor();

    Node(int id) {
      this.id = id;
      start();
    }

    void start() {
      var log =
          Logs.open(
              LogOptions.of(LogKind.FILE, directory.resolve("log" + id), 0)
                  .withSizes(1 << 20, 1 << 18));
      copiesIn = Executors.newSingleThreadExecutor();
      var settings =
          new ShardSettings(
              0,
              1 << 20,
              1 << 26,
              0,
              Duration.ofSeconds(5),
              Duration.ofMillis(20),
              Limits.defaults());
      var ports =
          new ShardPorts(
              () -> null,
              this,
              this,
              Executors.newSingleThreadExecutor(),
              executor,
              copiesIn,
              broken::set);
      shard = Shard.start(settings, log, store, List.of(assignment()), 0, 0, ports);
    }

    Shard shard() {
      return java.util.Objects.requireNonNull(shard);
    }

    /** As a process that dies: no checkpoint, no word to anybody. */
    void kill() {
      shard().closeWithoutCheckpoint();
      shard = null;
      others().forEach(other -> other.shard().disconnected(id));
    }

    /** Of a dead node: its disk is replaced by an empty one. */
    void loseEverything() {
      store.drop(RANGE);
      try (var files = Files.list(directory.resolve("log" + id))) {
        for (var file : files.toList()) {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void restart() {
      incarnation++;
      start();
      tell();
      for (var other : others()) {
        other.shard().connected(id);
        shard().connected(other.id);
      }
    }

    private List<Node> others() {
      return nodes.stream().filter(n -> n != this && n.shard != null).toList();
    }

    void tell() {
      var running = shard;
      if (running != null) {
        var now = assignment();
        int life = incarnation;
        var unused =
            running.ask(
                s -> {
                  var gone = s.assign(List.of(now), id, life);
                  return !gone.isCompletedExceptionally();
                });
      }
    }

    void stop() {
      var running = shard;
      if (running != null) {
        running.close();
      }
      executor.shutdownNow();
      copiesIn.shutdownNow();
    }

    RangeSummary summary() {
      return shard().ask(Shard::summaries).join().stream()
          .filter(s -> s.range() == RANGE)
          .findFirst()
          .orElseThrow();
    }

    private @Nullable Shard peer(int node) {
      return cut ? null : node(node).shard;
    }

    @Override
    public boolean isReady(int node) {
      return true;
    }

    @Override
    public boolean isReadyForCopy(int node) {
      return true;
    }

    @Override
    public void send(int node, int range, ChainMessage message) {
      var peer = peer(node);
      if (peer != null) {
        peer.received(id, range, message);
      }
    }

    @Override
    public void forward(int node, int range, int inEpoch, LogRecord record) {
      var peer = peer(node);
      if (peer != null) {
        var lease = lease(record.payload());
        peer.record(id, range, inEpoch, record.header(), lease, 0, record.payload().limit());
      }
    }

    @Override
    public void copy(int node, int range, int inEpoch, CopyPart part, ByteBuffer body) {
      var peer = peer(node);
      if (peer != null) {
        int length = body.remaining();
        peer.copy(id, range, inEpoch, part, lease(body.slice()), 0, length);
      }
    }

    private FrameLease lease(ByteBuffer payload) {
      byte[] bytes = new byte[payload.limit()];
      payload.get(0, bytes);
      var frame = InboundFrame.of(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
      return new FrameLease(frame, 1, () -> {});
    }

    @Override
    public void activate(int range, int inEpoch) {
      executor.execute(() -> ShardChain.this.activate(inEpoch));
    }

    @Override
    public void promote(int range, int inEpoch, int node) {
      executor.execute(() -> ShardChain.this.promote(inEpoch, node));
    }

    @Override
    public void quarantined(int range, int inEpoch) {}

    @Override
    public void suspect(int range, int inEpoch, int successor) {}

    @Override
    public void fetchConfiguration() {
      executor.execute(this::tell);
    }

    @Override
    public boolean isLeased() {
      return leased;
    }
  }
}
