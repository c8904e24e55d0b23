package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.replication.chain.ChainMember;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.chain.ClockPool;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import io.holdfast.v1.GroupNow;
import io.holdfast.wire.OutboundReply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns some ranges, their log and their rows. A turn of its loop takes what has
 * arrived, commits what has become durable, answers, and does a little of the checkpoint that is
 * under way.
 *
 * <p>{@link #submit}, {@link #ask} and {@link #channelReady} may be called by any thread; they do
 * not block.
 */
public final class Shard implements AutoCloseable, PeerEvents {
  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
  private static final int TURN = 256;
  private static final long MAX_PENDING_BYTES = 64L << 20;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ShardSettings settings;
  private final ShardLog log;
  private final RowStore store;
  private final Map<Integer, RangeReplica> replicas = new LinkedHashMap<>();
  private final ClockPool clockPool = new ClockPool();
  private final ManyToOneConcurrentLinkedQueue<Runnable> tasks =
      new ManyToOneConcurrentLinkedQueue<>();
  private final Replies replies = new Replies();
  private final Syncer syncer;
  private final Checkpointer checkpointer;
  private final RequestHandler handler;
  private final ChainDriver driver;
  private final LocalNotes notes;
  private final RangeReceiver arriving;

  /** What the catalogue has for this shard, by range. */
  private Map<Integer, RangeAssignment> assigned = Map.of();

  private final Thread thread;
  private final Consumer<Throwable> whenBroken;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private int node;
  private int incarnation;
  private volatile boolean idle;
  private volatile boolean closing;
  private boolean checkpointOnClose = true;

  private Shard(ShardSettings settings, ShardLog log, RowStore store, ShardPorts ports) {
    this.settings = settings;
    this.log = log;
    this.store = store;
    this.notes = new LocalNotes(log);
    this.syncer =
        new Syncer(
            "holdfast-sync-" + settings.shard(), log, settings.idleSync().toNanos(), this::wake);
    this.checkpointer =
        new Checkpointer(
            log,
            settings.replayBytes(),
            settings.retainBytes(),
            replicas.values(),
            ports.checkpoints(),
            this::submitTask);
    this.handler =
        new RequestHandler(
            settings,
            log,
            ports.gate(),
            ports.coordination(),
            replies,
            this::appended,
            this::stalls,
            this::quarantine);
    this.driver =
        new ChainDriver(
            settings,
            log,
            store,
            ports,
            replicas.values(),
            syncer,
            checkpointer,
            handler,
            this::submitTask);
    checkpointer.whenComplete(driver::roomMade);
    this.arriving =
        new RangeReceiver(
            store, log, notes, ports.copiesOut(), this::submitTask, syncer::want, new Taking());
    checkpointer.keep(() -> Math.min(arriving.oldestIndex(), driver.captures().oldestIndex()));
    this.whenBroken = ports.whenBroken();
    this.thread = new Thread(this::run, "holdfast-shard-" + settings.shard());
    thread.setDaemon(true);
  }

  private void appended(RangeReplica replica, LogRecord record) {
    driver.appended(replica, record);
  }

  private void quarantine(RangeReplica replica, String reason) {
    driver.quarantine(replica, reason);
  }

  /**
   * Recovers the ranges (last checkpoint, then the log after it) and starts. Blocks until that is
   * done. Ranges serve once {@link #assign} gives them a role in this life of the node; where
   * {@code node} is given here already, they do when this returns.
   *
   * @param ranges all that the catalogue gives to this shard, on whichever node; those that the
   *     store or the log has something of are opened
   * @param node this node's id, 0 where it has not registered yet
   * @throws HoldfastException STORE_FAILED where the log lacks records that the rows hold
   */
  public static Shard start(
      ShardSettings settings,
      ShardLog log,
      RowStore store,
      Collection<RangeAssignment> ranges,
      int node,
      int incarnation,
      ShardPorts ports) {
    var shard = new Shard(settings, log, store, ports);
    shard.recover(ranges);
    if (node != 0) {
      shard.begin(ranges, node, incarnation);
    }
    shard.driver.started();
    shard.syncer.start();
    shard.thread.start();
    return shard;
  }

  private RangeReplica open(RangeAssignment range) {
    var metadata =
        store.metadata(range.range()).map(RangeMetadata::decode).orElseGet(RangeMetadata::empty);
    if (metadata.logIndex() > log.lastIndex()) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED,
          "shard "
              + settings.shard()
              + ": range "
              + range.range()
              + " was saved when the log had "
              + metadata.logIndex()
              + " records, the log now has "
              + log.lastIndex()
              + ": put the log's files back as they were; nothing was changed");
    }
    var replica =
        new RangeReplica(
            range, store.open(range.range(), range.keys(), range.spec()), metadata, clockPool);
    replicas.put(range.range(), replica);
    return replica;
  }

  private void recover(Collection<RangeAssignment> ranges) {
    long started = System.nanoTime();
    know(ranges);
    long first = log.firstIndex();
    long bytes = log.bytesFrom(first);
    var known = new HashMap<Integer, RangeAssignment>();
    for (var range : ranges) {
      if (store.metadata(range.range()).isPresent()) {
        open(range);
      } else {
        known.put(range.range(), range);
      }
    }
    var replay = new Replay(replicas);
    log.replay(
        first,
        record -> {
          var range = known.remove(record.header().range());
          if (range != null) {
            open(range);
          }
          replay.take(record);
        });
    replay.end();
    checkpointer.replayed();
    replicas.values().forEach(this::drive);
    if (log.lastIndex() >= first) {
      LOG.info(
          "shard {}: read records {} to {}, {} bytes, in {} ms",
          settings.shard(),
          first,
          log.lastIndex(),
          bytes,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
    }
  }

  private void drive(RangeReplica replica) {
    replica.drivenBy(new ReplicaEffects(replica, driver));
    if (replica.quarantine() != null) {
      LOG.error("range {} is quarantined: {}", replica.range(), replica.quarantine());
    }
  }

  /** Takes up the roles and applies what is committed, on the thread that starts the shard. */
  private void begin(Collection<RangeAssignment> ranges, int asNode, int asIncarnation) {
    long started = System.nanoTime();
    identify(asNode, asIncarnation);
    for (var range : ranges) {
      var replica = replicas.get(range.range());
      if (replica == null && !range.isPlaced()) {
        continue; // it is still to be made
      }
      if (replica == null) {
        replica = open(range);
        drive(replica);
        replica.chain().identify(node, incarnation);
      }
      if (replica.quarantine() == null) {
        driver.configure(replica, range);
        driver.applyAll(replica);
      }
    }
    LOG.info(
        "shard {}: applied what was committed in {} ms",
        settings.shard(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
  }

  private void identify(int asNode, int asIncarnation) {
    if (node != asNode || incarnation != asIncarnation) {
      node = asNode;
      incarnation = asIncarnation;
      driver.identify(node, incarnation);
    }
  }

  /**
   * Takes up what the catalogue says now: ranges that this node is a member of, and those that it
   * still holds something of. On the shard's thread.
   *
   * @param all ranges of the catalogue that this shard would own, halves of those that are being
   *     split among them; others are left alone
   * @param split ranges that are no more as they were split
   * @param asNode this node's id
   * @param asIncarnation its registration; another one than before ends all roles (rule P27)
   * @return is complete when the rows of ranges that are not served any more are gone
   */
  public CompletableFuture<Void> assign(
      Collection<RangeAssignment> all, Set<Integer> split, int asNode, int asIncarnation) {
    identify(asNode, asIncarnation);
    know(all);
    all.forEach(this::assign);
    handler.reviewLater();
    var gone = new ArrayList<CompletableFuture<Void>>();
    for (var range : List.copyOf(replicas.keySet())) {
      if (!assigned.containsKey(range)) {
        // The client looks for the halves of a range that was split; a dropped table has none.
        var told = split.contains(range) ? ErrorCode.UNKNOWN_RANGE : ErrorCode.UNKNOWN_TABLE;
        gone.add(dropRange(range, told));
      }
    }
    return CompletableFuture.allOf(gone.toArray(CompletableFuture[]::new));
  }

  private void know(Collection<RangeAssignment> all) {
    assigned = all.stream().collect(Collectors.toMap(RangeAssignment::range, range -> range));
  }

  private void assign(RangeAssignment range) {
    if (arriving.isTaking(range.range())) {
      return; // What is assigned by then is taken up when the range is there.
    }
    var member = range.config().member(node, incarnation);
    boolean takesPart = member != null && member.role() != ChainMember.Role.WAITING;
    boolean syncs = member != null && member.role() == ChainMember.Role.SYNCING;
    var replica = replicas.get(range.range());
    if (replica == null) {
      if (takesPart) {
        addRange(range);
      }
    } else if (member == null && isNeededNoMore(range)) {
      var unused = dropRange(range.range(), ErrorCode.UNKNOWN_RANGE);
    } else if (replica.quarantine() != null) {
      if (syncs) {
        reset(replica, range);
      }
    } else {
      driver.configure(replica, range);
    }
  }

  /**
   * Whether others have all that a replica here has, and enough of them: until then it may be what
   * recovery needs (P22), or be asked back, and then saves a copy.
   */
  private boolean isNeededNoMore(RangeAssignment range) {
    return range.complete()
        && range.config().isActivated()
        && !range.activatedNodes().contains(node);
  }

  /** What the replica has is damaged, and others have it: begins with nothing. */
  private void reset(RangeReplica replica, RangeAssignment range) {
    if (checkpointer.isBusyWith(replica)) {
      return; // The next look at the catalogue does it.
    }
    close(replica);
    addRange(range);
  }

  /**
   * Logs a mark at which every replica of the range makes a digest. On the shard's thread.
   *
   * @return its LSN, for {@link #digest} here and on the other nodes
   * @throws HoldfastException STALE_EPOCH where this node is not the head, UNKNOWN_RANGE
   */
  public long mark(int range) {
    return driver.mark(known(range));
  }

  /**
   * The digest at a mark. On the shard's thread.
   *
   * @return is complete once the replica has met the mark, and its rows are read
   */
  public CompletableFuture<RangeDigest> digest(int range, long lsn) {
    return driver.digests().digest(known(range), lsn);
  }

  /**
   * Captures a range for a snapshot. On the shard's thread.
   *
   * @return see {@link CaptureDesk#capture}
   * @throws HoldfastException UNKNOWN_RANGE
   */
  public CompletableFuture<RangeCapture> capture(CaptureWish wish) {
    return driver.captures().capture(known(wish.range()), wish);
  }

  /**
   * Captures of a range that wait for a clock are to be taken now; does nothing where it is not on
   * this node. On the shard's thread.
   */
  public void hurryCaptures(int range) {
    var replica = replicas.get(range);
    if (replica != null) {
      driver.captures().hurry(replica);
    }
  }

  /**
   * Rows of a range that is served here, as of a checkpoint that is made for it. On the shard's
   * thread.
   *
   * @return is complete, on the shard's thread, once the rows can be read, by whoever takes them
   *     from it; fails with UNKNOWN_RANGE where the range goes away meanwhile, DISK_FULL or
   *     STORE_FAILED where there can be no checkpoint
   * @throws HoldfastException UNKNOWN_RANGE, NOT_READY, QUARANTINED, INVALID_ARGUMENT for a home
   *     range
   */
  public CompletableFuture<RangeExport> export(int range, KeyRange keys) {
    return driver.exports().export(known(range), keys);
  }

  /**
   * Takes a range that is made on this node, to be one of this shard's. On the shard's thread.
   *
   * @return see {@link NewRanges#install}
   */
  public CompletableFuture<Void> install(NewRange range) {
    return arriving.install(range);
  }

  /** What comes of ranges that are made here. */
  private final class Taking implements RangeReceiver.Ranges {
    @Override
    public boolean isKnown(int range) {
      return assigned.containsKey(range);
    }

    @Override
    public @Nullable RangeReplica replica(int range) {
      return replicas.get(range);
    }

    @Override
    public boolean discard(RangeReplica replica) {
      if (checkpointer.isBusyWith(replica)) {
        return false;
      }
      close(replica);
      return true;
    }

    @Override
    public void open(int range, List<LogRecord> held) {
      var assignment = assigned.get(range);
      if (assignment != null) {
        var replica = Shard.this.open(assignment);
        held.forEach(replica.buffered()::add);
        replica.chain().identify(node, incarnation);
        drive(replica);
        assign(assignment);
      }
    }

    @Override
    public void failed(int range) {
      var assignment = assigned.get(range);
      if (assignment != null) {
        assign(assignment);
      }
    }
  }

  private void close(RangeReplica replica) {
    driver.forget(replica);
    replicas.remove(replica.range());
    handler.dropped(replica, ErrorCode.UNKNOWN_RANGE);
    replica.close();
  }

  private RangeReplica known(int range) {
    var replica = replicas.get(range);
    if (replica == null) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_RANGE, "range " + range + " is not on this node");
    }
    return replica;
  }

  /** Where the logs of its ranges end (rule P22). On the shard's thread, or before it starts. */
  public Map<Integer, LogEnd> logEnds() {
    var ends = new HashMap<Integer, LogEnd>();
    for (var replica : replicas.values()) {
      var chain = replica.chain();
      boolean usable = replica.quarantine() == null && !driver.isBeingCopied(replica);
      ends.put(replica.range(), new LogEnd(chain.lastRecordEpoch(), chain.lastLsn(), usable));
    }
    return ends;
  }

  /**
   * The end of a range's log.
   *
   * @param usable not where the replica is damaged or half copied
   */
  public record LogEnd(int recordEpoch, long lastLsn, boolean usable) {}

  /** Hands a request over. */
  public void submit(ShardRequest request) {
    submitTask(new Arrival(this, request));
    if (stopped.isDone()) {
      refuseTasks();
    }
  }

  /** The client reads again: pulls that waited for it are looked at. */
  public void channelReady() {
    submitTask(handler::reviewLater);
  }

  /** Runs a question on the shard's thread; fails with CLOSED once the shard has stopped. */
  public <T> CompletableFuture<T> ask(Function<Shard, T> question) {
    var asked = new Question<T>(this, question, new CompletableFuture<>());
    submitTask(asked);
    if (stopped.isDone()) {
      refuseTasks();
    }
    return asked.answer();
  }

  /** What somebody waits for, and must be told where the shard stops before it gets there. */
  private sealed interface Awaited extends Runnable {
    void refuse();
  }

  private static HoldfastException stopping() {
    return new HoldfastException(ErrorCode.UNAVAILABLE, "the node is stopping");
  }

  private record Arrival(Shard shard, ShardRequest request) implements Awaited {
    @Override
    public void run() {
      shard.handle(request);
    }

    @Override
    public void refuse() {
      long call = request.request().header().call();
      request.channel().send(List.of(OutboundReply.failed(call, stopping())));
      request.lease().done();
    }
  }

  private record Question<T>(Shard shard, Function<Shard, T> question, CompletableFuture<T> answer)
      implements Awaited {
    @Override
    public void run() {
      try {
        answer.complete(question.apply(shard));
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    }

    @Override
    public void refuse() {
      answer.completeExceptionally(stopping());
    }
  }

  private void submitTask(Runnable task) {
    tasks.offer(task);
    wake();
  }

  private void wake() {
    if (idle) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    try {
      while (!closing) {
        boolean worked = turn();
        if (!worked) {
          rest();
        }
      }
      finish();
    } catch (RuntimeException | Error e) {
      // An invariant is broken: this shard must not serve another request.
      LOG.error("shard {} stopped: {}", settings.shard(), e.getMessage(), e);
      whenBroken.accept(e);
    } finally {
      stopped.complete(null);
      refuseTasks();
    }
  }

  private synchronized void refuseTasks() {
    for (Runnable task; (task = tasks.poll()) != null; ) {
      if (task instanceof Awaited awaited) {
        awaited.refuse();
      }
    }
  }

  private boolean turn() {
    int taken = 0;
    for (Runnable task; taken < TURN && (task = tasks.poll()) != null; taken++) {
      task.run();
    }
    handler.takeWaiting();
    long now = System.nanoTime();
    if (!arriving.isIdle()) {
      arriving.review();
    }
    boolean settled = driver.settle(now);
    handler.reviewParked(now, checkpointer.failure() != null);
    replies.send();
    boolean more = checkpointer.step(now);
    boolean worked = taken > 0 || settled || more;
    return worked || warm();
  }

  private void rest() {
    idle = true;
    if (tasks.isEmpty() && !driver.hasDurable() && !closing) {
      LockSupport.parkNanos(this, IDLE_NANOS);
    }
    idle = false;
  }

  private boolean warm() {
    for (var replica : replicas.values()) {
      if (replica.quarantine() == null
          && !replica.isHome()
          && !driver.isBeingCopied(replica)
          && replica.rows().warm()) {
        return true;
      }
    }
    return false;
  }

  private void handle(ShardRequest request) {
    var header = request.request().header();
    var replica = replicas.get(header.range());
    if (replica == null) {
      handler.refuse(
          request,
          ErrorCode.UNKNOWN_RANGE,
          "range " + header.range() + " is not on this node: fetch the map again");
    } else if (replica.quarantine() != null) {
      handler.refuse(
          request, ErrorCode.QUARANTINED, "range " + header.range() + ": " + replica.quarantine());
    } else if (syncer.failure() != null && handler.appends(request)) {
      handler.refuse(
          request, ErrorCode.STORE_FAILED, "the log has stopped: restart the node on a sound disk");
    } else {
      handler.handle(replica, request);
    }
  }

  /** Whether records of this range have to wait until a checkpoint has freed room. */
  private boolean stalls(RangeReplica replica) {
    return replica.rows().isDirtyFull() || replica.unappliedBytes() > MAX_PENDING_BYTES;
  }

  /** Begins with a new range, of which nothing that is on the disk counts. */
  private void addRange(RangeAssignment range) {
    store.drop(range.range());
    notes.install(range.range(), 0);
    var replica = open(range);
    replica.chain().identify(node, incarnation);
    drive(replica);
    driver.configure(replica, range);
  }

  /**
   * Serves a range no more and removes its rows; waits for a checkpoint that is under way. On the
   * shard's thread.
   */
  public CompletableFuture<Void> dropRange(int range) {
    return dropRange(range, ErrorCode.UNKNOWN_TABLE);
  }

  /**
   * @param told to those that wait for something of the range
   */
  private CompletableFuture<Void> dropRange(int range, ErrorCode told) {
    var replica = replicas.get(range);
    if (replica == null) {
      return CompletableFuture.completedFuture(null);
    }
    if (checkpointer.isBusyWith(replica)) {
      var later = new CompletableFuture<Void>();
      submitTask(
          () -> {
            var unused = dropRange(range, told).thenAccept(later::complete);
          });
      return later;
    }
    driver.forget(replica);
    replicas.remove(range);
    handler.dropped(replica, told);
    replica.close();
    store.drop(range);
    return CompletableFuture.completedFuture(null);
  }

  /** The replica of a range. On the shard's thread. */
  @Nullable RangeReplica replica(int range) {
    return replicas.get(range);
  }

  /**
   * What is to be done about a job's workers. On the shard's thread.
   *
   * @param home the job's home range
   * @param policy what the catalogue says that a lost worker means
   * @throws HoldfastException STALE_EPOCH where this node is not its head, UNKNOWN_RANGE
   */
  public GroupView group(int home, GroupPolicy policy) {
    return handler.group(known(home), policy);
  }

  /** The workers of a job, for people; throws as {@link #group}. On the shard's thread. */
  public GroupNow describeGroup(int home) {
    return handler.describeGroup(known(home));
  }

  /**
   * Has the group go on without a rank; {@link GroupView#lost} names it then. On the shard's
   * thread.
   *
   * @throws HoldfastException as {@link #group}; INVALID_ARGUMENT where the group has no such rank
   */
  public void expel(int home, int rank) {
    handler.expel(known(home), rank);
  }

  /**
   * Logs a version of the job's roster on a range, unless it has it. On the shard's thread.
   *
   * @return is complete when this version, or a later one, is committed
   * @throws HoldfastException where this node is not its head, or it takes no records
   */
  public CompletableFuture<RosterAnswer> applyRoster(int range, Roster roster) {
    var replica = known(range);
    if (replica.quarantine() != null || syncer.failure() != null) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED, "range " + range + " takes no records on this node");
    }
    return handler.applyRoster(replica, roster);
  }

  /** Evaluates a function over the rows of a range. On the shard's thread. */
  public void evaluate(int range, io.holdfast.plugin.RangeFunction function) {
    known(range).rows().evaluate(function);
  }

  /** What it has done. On the shard's thread. */
  public ShardCounters counters() {
    return new ShardCounters(
        settings.shard(),
        log.lastIndex(),
        log.durableIndex(),
        log.bytesFrom(checkpointer.firstNeededIndex()),
        log.diskBytes(),
        handler.pushes(),
        handler.pulls(),
        handler.parked(),
        checkpointer.written(),
        handler.pushedBytes(),
        driver.forwardedBytes(),
        handler.combinedPushes(),
        handler.pulledBytes());
  }

  /** Its ranges. On the shard's thread. */
  public List<RangeSummary> summaries() {
    var summaries = new ArrayList<RangeSummary>();
    for (var replica : replicas.values()) {
      var chain = replica.chain();
      var clocks = chain.clocks();
      summaries.add(
          new RangeSummary(
              replica.range(),
              chain.epoch(),
              chain.lastLsn(),
              chain.appliedLsn(),
              replica.checkpointLsn(),
              replica.rows().cachedBytes(),
              replica.rows().dirtyBytes(),
              clocks.minClock(),
              clocks.maxClock(),
              clocks.size(),
              state(replica),
              chain.durableLsn(),
              chain.isHead(),
              chain.isTail(),
              chain.lastRecordEpoch()));
    }
    return summaries;
  }

  private static String state(RangeReplica replica) {
    var role = replica.chain().role();
    if (replica.quarantine() != null) {
      return "QUARANTINED: " + replica.quarantine();
    }
    return role == null ? "OUT" : role.name();
  }

  // ---- from other nodes: see PeerEvents

  @Override
  public void connected(int peer) {
    submitTask(() -> driver.connected(peer));
  }

  @Override
  public void disconnected(int peer) {
    submitTask(() -> driver.disconnected(peer));
  }

  @Override
  public void ready(int peer) {
    submitTask(() -> driver.ready(peer));
  }

  @Override
  public void received(int from, int range, ChainMessage message) {
    submitTask(
        () -> {
          var replica = healthy(range);
          if (replica != null) {
            driver.received(replica, from, message);
          }
        });
  }

  @Override
  public void record(
      int from, int range, int epoch, RecordHeader header, FrameLease lease, int at, int length) {
    submitTask(
        () -> {
          var replica = healthy(range);
          if (replica == null) {
            lease.done();
          } else {
            driver.record(replica, new HeldRecord(from, epoch, header, lease, at, length));
          }
        });
  }

  @Override
  public void copy(
      int from, int range, int epoch, Peers.CopyPart part, FrameLease lease, int at, int length) {
    submitTask(
        () -> {
          var replica = healthy(range);
          if (replica == null) {
            lease.done();
          } else {
            driver.copy(replica, from, epoch, part, lease, at, length);
          }
        });
  }

  /** A replica that can take part; where it is not known yet, the catalogue is looked at again. */
  private @Nullable RangeReplica healthy(int range) {
    var replica = replicas.get(range);
    if (replica == null) {
      driver.coordination().fetchConfiguration();
      return null;
    }
    return replica.quarantine() == null ? replica : null;
  }

  private void finish() {
    while (checkpointer.isBusy()) {
      turn();
      LockSupport.parkNanos(100_000);
    }
    driver.captures().stop();
    try {
      log.sync();
      driver.settle(System.nanoTime());
      replies.send();
      if (checkpointOnClose) {
        checkpointer.runAll();
      }
    } catch (LogException | StoreException e) {
      LOG.warn("shard {}: closed without a last checkpoint: {}", settings.shard(), e.getMessage());
    }
    replicas.values().forEach(RangeReplica::close);
  }

  /** Stops serving, checkpoints what no checkpoint holds, and closes the log. Blocks. */
  @Override
  public void close() {
    try {
      syncer.close();
      closing = true;
      LockSupport.unpark(thread);
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.close();
  }

  /** As {@link #close}, but leaves everything for recovery to do; for tests of recovery. */
  void closeWithoutCheckpoint() {
    checkpointOnClose = false;
    close();
  }
}
