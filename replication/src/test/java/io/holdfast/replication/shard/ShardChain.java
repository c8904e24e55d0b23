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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Several shards, each a node of its own with a real log, in one process: their streams are direct
 * calls, and one range's chain is decided by a coordination that grants what is asked.
 */
final class ShardChain implements AutoCloseable {
  static final int HOME = 1;
  static final int RANGE = 2;
  static final int LEFT = 3;
  static final int RIGHT = 4;

  private final Path directory;
  private final TableSpec spec;
  private final List<Node> nodes = new ArrayList<>();
  final AtomicReference<Throwable> broken = new AtomicReference<>();

  /** The catalogue, guarded by this. */
  private final List<Chain> chains = new ArrayList<>();

  private final Set<Integer> splitRanges = new HashSet<>();

  /** What is being restored, by range. */
  private final Map<Integer, KeyRange> restored = new TreeMap<>();

  /** A range of it. */
  private static final class Chain {
    final int range;
    final KeyRange keys;
    int epoch;
    List<ChainMember> members = List.of();
    int activatedEpoch;
    Set<Integer> activatedNodes = Set.of();
    @Nullable WantedSplit split;

    Chain(int range, KeyRange keys) {
      this.range = range;
      this.keys = keys;
    }

    boolean serves(int node) {
      return members.stream().anyMatch(m -> m.isServing() && m.node() == node);
    }

    Set<Integer> serving() {
      return members.stream()
          .filter(ChainMember::isServing)
          .map(ChainMember::node)
          .collect(Collectors.toSet());
    }
  }

  /** The halves do not take the place of the whole, while it holds. */
  volatile boolean holdsSplits;

  /** Lost on the way, while it holds. */
  volatile boolean cut;

  ShardChain(Path directory, TableSpec spec, int count) {
    this.directory = directory;
    this.spec = spec;
    chains.add(new Chain(RANGE, new KeyRange(0, 1_000_000)));
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
    for (var chain : List.copyOf(chains)) {
      var stay = chain.members.stream().filter(next::contains).map(ChainMember::node).toList();
      chain.epoch++;
      chain.members = next;
      if (chain.split != null) {
        var cutNodes = new HashSet<>(chain.split.cutNodes());
        cutNodes.retainAll(stay);
        cutBy(chain, chain.split, cutNodes);
      }
    }
    tellAll();
  }

  /** Asks for a split of the first range, into ranges {@link #LEFT} and {@link #RIGHT}. */
  synchronized void split(long key) {
    chains.getFirst().split = new WantedSplit(key, LEFT, RIGHT, Set.of());
    tellAll();
  }

  /** From here on nodes may take such a range from a snapshot. */
  synchronized void restore(int range, KeyRange keys) {
    restored.put(range, keys);
    tellAll();
  }

  /** A range that a node has taken from a snapshot becomes visible, on that node alone. */
  synchronized void adopt(int range, int node) {
    var chain = new Chain(range, java.util.Objects.requireNonNull(restored.remove(range)));
    chain.epoch = 2;
    chain.activatedEpoch = 1;
    chain.activatedNodes = Set.of(node);
    chain.members = List.of(new ChainMember(node, node(node).incarnation, Role.SERVING));
    chains.add(chain);
    tellAll();
  }

  /** It is given up. */
  synchronized void abandon(int range) {
    restored.remove(range);
    tellAll();
  }

  private synchronized void cut(int range, int inEpoch, int node) {
    var whole = chain(range);
    if (whole == null || whole.epoch != inEpoch || !whole.serves(node) || whole.split == null) {
      return;
    }
    var cutNodes = new HashSet<>(whole.split.cutNodes());
    cutNodes.add(node);
    cutBy(whole, whole.split, cutNodes);
    tellAll();
  }

  private void cutBy(Chain whole, WantedSplit split, Set<Integer> cutNodes) {
    long key = split.key();
    whole.split = new WantedSplit(key, split.left(), split.right(), cutNodes);
    if (cutNodes.containsAll(whole.serving()) && !holdsSplits) {
      chains.remove(whole);
      splitRanges.add(whole.range);
      chains.add(half(whole, split.left(), new KeyRange(whole.keys.start(), key)));
      chains.add(half(whole, split.right(), new KeyRange(key, whole.keys.end())));
    }
  }

  private static Chain half(Chain whole, int range, KeyRange keys) {
    var half = new Chain(range, keys);
    half.epoch = whole.epoch + 1;
    half.members = whole.members;
    half.activatedEpoch = whole.activatedEpoch;
    half.activatedNodes = whole.serving();
    return half;
  }

  private @Nullable Chain chain(int range) {
    return chains.stream().filter(chain -> chain.range == range).findFirst().orElse(null);
  }

  private synchronized List<RangeAssignment> assignments() {
    var all = new ArrayList<RangeAssignment>();
    for (var chain : chains) {
      all.add(
          new RangeAssignment(
              chain.range,
              chain.keys,
              spec,
              0,
              false,
              new ChainConfig(chain.epoch, chain.members, chain.activatedEpoch, 1),
              chain.serving().size() >= nodes.size(),
              chain.activatedNodes,
              chain.split));
      var split = chain.split;
      if (split != null) {
        var left = new KeyRange(chain.keys.start(), split.key());
        var right = new KeyRange(split.key(), chain.keys.end());
        all.add(RangeAssignment.unplaced(split.left(), left, spec, false));
        all.add(RangeAssignment.unplaced(split.right(), right, spec, false));
      }
    }
    restored.forEach((range, keys) -> all.add(RangeAssignment.unplaced(range, keys, spec, false)));
    return all;
  }

  private synchronized Set<Integer> splitRanges() {
    return Set.copyOf(splitRanges);
  }

  private synchronized void tellAll() {
    nodes.forEach(Node::tell);
  }

  synchronized int epoch(int range) {
    var chain = chain(range);
    return chain == null ? 1 : chain.epoch;
  }

  synchronized List<ChainMember> members() {
    return chains.getFirst().members;
  }

  /** Nodes that have said that they have both halves. */
  synchronized Set<Integer> cutNodes() {
    var split = chains.getFirst().split;
    return split == null ? Set.of() : split.cutNodes();
  }

  synchronized boolean isSplit() {
    return chain(RANGE) == null;
  }

  private synchronized void activate(int range, int activated) {
    var chain = chain(range);
    if (chain != null && activated == chain.epoch) {
      chain.activatedEpoch = chain.epoch;
      chain.activatedNodes = chain.serving();
      tellAll();
    }
  }

  private synchronized void promote(int range, int inEpoch, int joiner) {
    var chain = chain(range);
    if (chain != null && inEpoch == chain.epoch) {
      chain.epoch++;
      chain.members =
          chain.members.stream()
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
  final class Node implements Peers, Coordination, NewRanges {
    final int id;
    final MemoryRowStore store = new MemoryRowStore();
    int incarnation = 1;
    volatile boolean leased = true;

    /** Halves are not taken, while it holds. */
    volatile boolean failsHalves;

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
              this,
              Executors.newSingleThreadExecutor(),
              executor,
              copiesIn,
              broken::set);
      shard = Shard.start(settings, log, store, assignments(), 0, 0, ports);
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
        var now = assignments();
        var split = splitRanges();
        int life = incarnation;
        var unused =
            running.ask(
                s -> {
                  var gone = s.assign(now, split, id, life);
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
      return summary(RANGE);
    }

    RangeSummary summary(int range) {
      return shard().ask(Shard::summaries).join().stream()
          .filter(s -> s.range() == range)
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
      executor.execute(() -> ShardChain.this.activate(range, inEpoch));
    }

    @Override
    public void promote(int range, int inEpoch, int node) {
      executor.execute(() -> ShardChain.this.promote(range, inEpoch, node));
    }

    @Override
    public void quarantined(int range, int inEpoch) {}

    @Override
    public void suspect(int range, int inEpoch, int successor) {}

    @Override
    public void cut(int range, int inEpoch, int left) {
      executor.execute(() -> ShardChain.this.cut(range, inEpoch, id));
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // none is: thenCompose unfolds it
    public CompletableFuture<Void> install(NewRange range) {
      return failsHalves
          ? CompletableFuture.failedFuture(new IllegalStateException("no halves today"))
          : shard().ask(s -> s.install(range)).thenCompose(done -> done);
    }

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
