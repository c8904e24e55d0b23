package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.RowStore;
import io.holdfast.store.rows.StoreException;
import io.holdfast.wire.OutboundReply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
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
public final class Shard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
  private static final int TURN = 256;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ShardSettings settings;
  private final ShardLog log;
  private final RowStore store;
  private final Map<Integer, RangeReplica> replicas = new LinkedHashMap<>();
  private final ManyToOneConcurrentLinkedQueue<Runnable> tasks =
      new ManyToOneConcurrentLinkedQueue<>();
  private final PendingRecords pending = new PendingRecords();
  private final Replies replies = new Replies();
  private final Syncer syncer;
  private final Checkpointer checkpointer;
  private final RequestHandler handler;
  private final Thread thread;
  private final Consumer<Throwable> whenBroken;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile boolean idle;
  private volatile boolean closing;
  private boolean checkpointOnClose = true;

  private Shard(
      ShardSettings settings,
      ShardLog log,
      RowStore store,
      PushGate gate,
      Executor checkpointThread,
      Consumer<Throwable> whenBroken) {
    this.settings = settings;
    this.log = log;
    this.store = store;
    this.syncer =
        new Syncer(
            "holdfast-sync-" + settings.shard(), log, settings.idleSync().toNanos(), this::wake);
    this.checkpointer =
        new Checkpointer(
            log, settings.replayBytes(), replicas.values(), checkpointThread, this::submitTask);
    this.handler = new RequestHandler(settings, log, gate, replies, this::appended, this::stalls);
    this.whenBroken = whenBroken;
    this.thread = new Thread(this::run, "holdfast-shard-" + settings.shard());
    thread.setDaemon(true);
  }

  /**
   * Recovers the ranges (last checkpoint, then the log after it) and starts serving. Blocks until
   * that is done.
   *
   * @param checkpointThread runs the writing of checkpoints
   * @param whenBroken told, on the shard's thread, where an invariant does not hold: the shard has
   *     stopped and the node must, too
   * @throws HoldfastException STORE_FAILED where the log lacks records that the rows hold
   */
  public static Shard start(
      ShardSettings settings,
      ShardLog log,
      RowStore store,
      Collection<RangeAssignment> ranges,
      PushGate gate,
      Executor checkpointThread,
      Consumer<Throwable> whenBroken) {
    var shard = new Shard(settings, log, store, gate, checkpointThread, whenBroken);
    for (var range : ranges) {
      shard.open(range);
    }
    shard.recover();
    shard.syncer.start();
    shard.thread.start();
    return shard;
  }

  private void open(RangeAssignment range) {
    var metadata =
        store
            .metadata(range.range())
            .map(RangeMetadata::decode)
            .orElseGet(() -> RangeMetadata.empty(range.epoch()));
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
    replicas.put(
        range.range(),
        new RangeReplica(range, store.open(range.range(), range.keys(), range.spec()), metadata));
  }

  private void recover() {
    long started = System.nanoTime();
    long first = log.firstIndex();
    long bytes = log.bytesFrom(first);
    new Replay(log, replicas, store.cacheBudgetBytes()).run(first, this::replay);
    checkpointer.replayed();
    if (log.lastIndex() >= first) {
      LOG.info(
          "shard {}: replayed records {} to {}, {} bytes, in {} ms",
          settings.shard(),
          first,
          log.lastIndex(),
          bytes,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
    }
  }

  private void replay(LogRecord record) {
    var replica = replicas.get(record.header().range());
    if (replica == null || replica.quarantine() != null) {
      return; // Its table was dropped, or it waits for repair: its records stay in the log.
    }
    try {
      if (replica.rows().isDirtyFull()) {
        checkpointer.run(replica, pending);
      }
      replica.replay(record);
    } catch (StoreException | HoldfastException e) {
      quarantine(replica, e);
    }
  }

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
    boolean committed = commitDurable();
    long now = System.nanoTime();
    handler.reviewParked(now, checkpointer.failure() != null);
    replies.send();
    boolean more = checkpointer.step(now, pending);
    boolean worked = taken > 0 || committed || more;
    return worked || warm();
  }

  private void rest() {
    idle = true;
    if (tasks.isEmpty() && !pending.hasDurable(log.durableIndex()) && !closing) {
      LockSupport.parkNanos(this, IDLE_NANOS);
    }
    idle = false;
  }

  private boolean warm() {
    for (var replica : replicas.values()) {
      if (replica.quarantine() == null && !replica.isHome() && replica.rows().warm()) {
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

  /** P23: the replica takes no more requests; its records stay in the log. */
  static void quarantine(RangeReplica replica, RuntimeException cause) {
    LOG.error("range {} is quarantined: {}", replica.range(), cause.getMessage(), cause);
    replica.quarantine(String.valueOf(cause.getMessage()));
  }

  /** A record of this range went into the log. */
  private void appended(PendingRecord record) {
    record.replica().logged(record.record());
    if (record.replica().commitsOnAppend()) {
      commit(record);
    } else {
      pending.add(record);
      syncer.want();
    }
  }

  private boolean commitDurable() {
    if (pending.isEmpty()) {
      return false;
    }
    if (syncer.failure() != null) {
      failPending();
      return true;
    }
    boolean any = false;
    long durable = log.durableIndex();
    for (PendingRecord record; (record = pending.pollDurable(durable)) != null; any = true) {
      commit(record);
    }
    return any;
  }

  private void commit(PendingRecord record) {
    var replica = record.replica();
    if (replica.quarantine() != null) {
      handler.fail(
          record,
          ErrorCode.OUTCOME_UNKNOWN,
          "range " + replica.range() + " is quarantined: " + replica.quarantine());
      return;
    }
    try {
      replica.commit(record.record());
      handler.committed(record);
    } catch (StoreException | HoldfastException e) {
      quarantine(replica, e);
      handler.fail(
          record,
          ErrorCode.OUTCOME_UNKNOWN,
          "range " + replica.range() + " is quarantined: " + e.getMessage());
    }
  }

  /** P8: what was not yet known to be durable may or may not be. */
  private void failPending() {
    for (PendingRecord record; (record = pending.poll()) != null; ) {
      handler.fail(record, ErrorCode.OUTCOME_UNKNOWN, "the log has stopped: " + syncer.failure());
    }
  }

  /** Whether records of this range have to wait until a checkpoint has freed room. */
  private boolean stalls(RangeReplica replica) {
    return replica.rows().isDirtyFull();
  }

  /** Serves a new range. On the shard's thread. */
  public void addRange(RangeAssignment range) {
    if (!replicas.containsKey(range.range())) {
      open(range);
    }
  }

  /**
   * Serves a range no more and removes its rows; waits for a checkpoint that is under way. On the
   * shard's thread.
   */
  public CompletableFuture<Void> dropRange(int range) {
    var replica = replicas.get(range);
    if (replica == null) {
      return CompletableFuture.completedFuture(null);
    }
    if (checkpointer.isBusyWith(replica) || pending.firstIndexOf(replica, -1) >= 0) {
      var later = new CompletableFuture<Void>();
      submitTask(
          () -> {
            var unused = dropRange(range).thenAccept(later::complete);
          });
      return later;
    }
    replicas.remove(range);
    handler.dropped(replica);
    replica.close();
    store.drop(range);
    return CompletableFuture.completedFuture(null);
  }

  /** The replica of a range. On the shard's thread. */
  @Nullable RangeReplica replica(int range) {
    return replicas.get(range);
  }

  /** Changes what pulls of a range wait for. On the shard's thread. */
  public void changeConsistency(int range, io.holdfast.model.Consistency changed) {
    var replica = replicas.get(range);
    if (replica != null) {
      replica.changeConsistency(changed);
      handler.reviewLater();
    }
  }

  /** Evaluates a function over the rows of a range. On the shard's thread. */
  public void evaluate(int range, io.holdfast.plugin.RangeFunction function) {
    var replica = replicas.get(range);
    if (replica == null) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_RANGE, "range " + range + " is not on this node");
    }
    replica.rows().evaluate(function);
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
        checkpointer.written());
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
              chain.committedLsn(),
              replica.checkpointLsn(),
              replica.rows().cachedBytes(),
              replica.rows().dirtyBytes(),
              clocks.minClock(),
              clocks.maxClock(),
              clocks.size(),
              replica.quarantine() == null ? "SERVING" : "QUARANTINED: " + replica.quarantine()));
    }
    return summaries;
  }

  private void finish() {
    while (checkpointer.isBusy()) {
      turn();
      LockSupport.parkNanos(100_000);
    }
    try {
      log.sync();
      commitDurable();
      replies.send();
      if (checkpointOnClose) {
        checkpointer.runAll(pending);
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
