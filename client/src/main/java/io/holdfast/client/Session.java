package io.holdfast.client;

import io.grpc.ManagedChannel;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Hello;
import io.holdfast.v1.Welcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One incarnation of a worker, or a caller outside any group (rank of 2^31 and more, joined when it
 * first pushes, counted in no clock): its clock, its streams, its ranges.
 *
 * <p>One lock guards all of that. Under it nothing blocks and no bulk bytes move: values are copied
 * out, and frames written, after it is let go.
 */
final class Session {
  private static final long MIN_SWEEP_MILLIS = 5;
  private static final long MAX_SWEEP_MILLIS = 1_000;

  private final RemoteCluster cluster;
  private final int job;
  private final int rank;
  private final int groupSize;
  private final ReentrantLock lock = new ReentrantLock();
  private final Object joining = new Object();
  private final Map<String, NodeStream> streams = new HashMap<>();
  // By table id, in the order of opening.
  private final Map<Integer, RangeSet> sets = new LinkedHashMap<>();
  private final RangeSet home;
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ScheduledFuture<?> sweep;
  private long calls;
  private volatile int incarnation;
  private volatile int clock;
  private boolean ticked;
  private @Nullable SavedState resumed;
  private @Nullable HoldfastException dead;
  private volatile boolean damaged;

  Session(RemoteCluster cluster, int job, int rank, int groupSize, RangeSet.Source homeSource) {
    this.cluster = cluster;
    this.job = job;
    this.rank = rank;
    this.groupSize = groupSize;
    this.home = new RangeSet(this, homeSource, homeSource.fetch());
    long millis =
        Math.max(
            MIN_SWEEP_MILLIS, Math.min(MAX_SWEEP_MILLIS, options().callTimeout().toMillis() / 16));
    this.sweep =
        cluster.timer().scheduleWithFixedDelay(this::expire, millis, millis, TimeUnit.MILLISECONDS);
  }

  Options options() {
    return cluster.options();
  }

  Window window() {
    return cluster.window();
  }

  Limits limits() {
    return cluster.limits();
  }

  Executor executor() {
    return cluster.executor();
  }

  ManagedChannel channel(String address) {
    return cluster.channel(address);
  }

  boolean isAnonymous() {
    return groupSize == 0;
  }

  int incarnation() {
    return incarnation;
  }

  int clock() {
    return clock;
  }

  /** Whether some range takes no more pushes of this incarnation. */
  boolean isDamaged() {
    return damaged;
  }

  void markDamaged() {
    damaged = true;
  }

  @Nullable SavedState resumed() {
    return resumed;
  }

  long deadline() {
    return System.nanoTime() + options().callTimeout().toNanos();
  }

  /**
   * The ranges of a table, the same however often it is opened; ready to be used once {@link
   * #connect} or {@link #join} returned.
   */
  RangeSet ranges(int table, RangeSet.Source source, List<Route> routes) {
    lock.lock();
    try {
      checkAlive();
      return sets.computeIfAbsent(table, opened -> new RangeSet(this, source, routes));
    } finally {
      lock.unlock();
    }
  }

  /** Blocks until every node of the set has welcomed us, so that its limits are known. */
  void connect(RangeSet set) {
    var welcomes = new ArrayList<CompletableFuture<Boolean>>();
    lock.lock();
    try {
      for (RangeLink link : set.links()) {
        welcomes.add(stream(link.route().address()).connected());
      }
    } finally {
      lock.unlock();
    }
    welcomes.forEach(this::await);
  }

  /** Blocks until the home range has given the incarnation. */
  void joinHome(Resume resume) {
    synchronized (joining) {
      if (incarnation != 0) {
        return;
      }
      RangeCall.Join call = join(home.links().get(0), 0).get(0);
      lock.lock();
      try {
        var joined = call.joined();
        incarnation = joined.incarnation();
        clock = joined.clock();
        byte[] state = joined.savedState();
        if (resume == Resume.IF_SAVED && state != null) {
          resumed = SavedState.decode(state);
          clock = resumed.clock();
        }
        home.links().get(0).joinedAt(joined.lastSeq(), joined.lastSeq());
      } finally {
        lock.unlock();
      }
    }
  }

  /** Blocks until every range of the set has this incarnation. Does nothing the second time. */
  void join(RangeSet set) {
    if (set.isJoined()) {
      return;
    }
    joinHome(Resume.FRESH);
    synchronized (joining) {
      if (set.isJoined()) {
        return;
      }
      List<RangeCall.Join> answers = join(set.links().toArray(RangeLink[]::new), incarnation);
      lock.lock();
      try {
        for (RangeCall.Join answer : answers) {
          joined(answer);
        }
      } finally {
        lock.unlock();
      }
      set.markJoined();
    }
  }

  /** Sends a call now; it fails through its group where that cannot be. */
  void submit(RangeLink link, RangeCall call) {
    NodeStream stream;
    lock.lock();
    try {
      stream = link.submit(call);
    } catch (HoldfastException e) {
      call.fail(e);
      return;
    } finally {
      lock.unlock();
    }
    stream.drain();
  }

  /** Sends a push and the pull that must see it, side by side. */
  void submit(RangeLink link, RangeCall push, RangeCall pull) {
    NodeStream stream = null;
    lock.lock();
    try {
      stream = submitHeld(link, push);
      NodeStream second = submitHeld(link, pull);
      stream = stream == null ? second : stream;
    } finally {
      lock.unlock();
    }
    if (stream != null) {
      stream.drain();
    }
  }

  /**
   * Ends the clock: a tick to every range joined, behind what was submitted before. What is
   * submitted after this returns carries the next clock.
   *
   * @return the clocks finished with it, and the seqs as of it
   */
  SavedState tick(CallGroup<?> group, byte[] state) {
    var seqs = new HashMap<Integer, Long>();
    int finished;
    lock.lock();
    try {
      checkAlive();
      finished = clock + 1;
      clock = finished;
      ticked = true;
      for (RangeSet set : sets.values()) {
        for (RangeLink link : set.links()) {
          if (link.isJoined()) {
            submitHeld(link, new RangeCall.Tick(group, window(), deadline()));
            seqs.put(link.route().range(), link.lastSeq());
          }
        }
      }
      if (resumed != null) {
        // Tables not opened again keep what they had.
        resumed.seqs().forEach(seqs::putIfAbsent);
      }
    } finally {
      lock.unlock();
    }
    drain();
    return new SavedState(finished, seqs, state);
  }

  void save(CallGroup<?> group, SavedState state) {
    submit(
        home.links().get(0),
        new RangeCall.Save(
            group, window(), deadline(), incarnation, state.clock(), state.encode()));
  }

  /** To every range joined, the home range last. */
  void leave(CallGroup<?> group) {
    lock.lock();
    try {
      for (RangeSet set : sets.values()) {
        for (RangeLink link : set.links()) {
          if (link.isJoined()) {
            submitHeld(link, leaving(group));
          }
        }
      }
      if (incarnation != 0) {
        submitHeld(home.links().get(0), leaving(group));
      }
    } finally {
      lock.unlock();
    }
    drain();
  }

  /** Waits for unanswered calls until then, fails the rest, and ends the streams. */
  void close(long deadlineNanos) {
    lock.lock();
    try {
      while (!isIdle() && System.nanoTime() < deadlineNanos) {
        try {
          // Answers come without a signal: closing is rare, and a look now and then is enough.
          if (lock.newCondition().await(2, TimeUnit.MILLISECONDS)) {
            break;
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
      kill(closed());
      streams.values().forEach(NodeStream::close);
    } finally {
      lock.unlock();
    }
    sweep.cancel(false);
  }

  static HoldfastException closed() {
    return new HoldfastException(ErrorCode.CLOSED, "the connection or the worker is closed");
  }

  // What follows is for links and streams; under the lock where nothing else is said.

  void checkAlive() {
    if (dead != null) {
      throw dead;
    }
  }

  long nextCall() {
    return ++calls;
  }

  Hello hello() {
    return Hello.newBuilder()
        .setProtocol(NodeStream.PROTOCOL)
        .setClient("holdfast-java")
        .setJob(job)
        .setRank(rank)
        .build();
  }

  NodeStream stream(String address) {
    return streams.computeIfAbsent(address, node -> new NodeStream(this, node, lock));
  }

  void adopt(Welcome welcome) {
    cluster.adopt(welcome);
  }

  /** All calls of this session fail from now on. */
  void kill(HoldfastException error) {
    if (dead == null) {
      dead = error;
      damaged = true;
      links().forEach(link -> link.failAll(error));
    }
  }

  /** Any thread. */
  void later(Runnable task, long nanos) {
    try {
      var unused = cluster.timer().schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The cluster is closed; so is this session, or it will be in a moment.
      kill(closed());
    }
  }

  void resumeLater(RangeLink link, RangeSet set, boolean reroute, long nanos) {
    later(() -> run(() -> resume(link, set, reroute)), nanos);
  }

  /** Asks where the ranges are that a broken stream served; not more than once at a time. */
  void refreshRoutes(String address) {
    var affected = new ArrayList<RangeSet>();
    for (RangeSet set : allSets()) {
      if (set.links().stream().anyMatch(link -> link.route().address().equals(address))) {
        affected.add(set);
      }
    }
    if (refreshing.compareAndSet(false, true)) {
      run(
          () -> {
            try {
              affected.forEach(this::refresh);
            } finally {
              refreshing.set(false);
            }
            drain();
          });
    }
  }

  /** Not under the lock. */
  void drain() {
    List<NodeStream> all;
    lock.lock();
    try {
      all = List.copyOf(streams.values());
    } finally {
      lock.unlock();
    }
    all.forEach(NodeStream::drain);
  }

  private void run(Runnable task) {
    try {
      executor().execute(task);
    } catch (RejectedExecutionException e) {
      refreshing.set(false); // the cluster is closed
    }
  }

  private void resume(RangeLink link, RangeSet set, boolean reroute) {
    if (reroute) {
      refresh(set);
    }
    lock.lock();
    try {
      if (dead == null) {
        link.resume();
      }
    } finally {
      lock.unlock();
    }
    drain();
  }

  private void refresh(RangeSet set) {
    List<Route> routes;
    try {
      routes = set.source().fetch();
    } catch (HoldfastException e) {
      if (e.code() == ErrorCode.UNKNOWN_TABLE || e.code() == ErrorCode.UNKNOWN_JOB) {
        drop(set, e);
      }
      return; // else the calls that need it come again, until they time out
    }
    boolean isThere = true;
    lock.lock();
    try {
      if (dead == null) {
        isThere = set.reroute(routes);
      }
    } finally {
      lock.unlock();
    }
    if (!isThere) {
      drop(
          set,
          new HoldfastException(
              ErrorCode.UNKNOWN_TABLE, "the table was dropped and made again; open it again"));
    }
  }

  // Its ranges are gone: ticks do not go there any more.
  private void drop(RangeSet set, HoldfastException reason) {
    lock.lock();
    try {
      sets.values().remove(set);
      set.links().forEach(link -> link.drop(reason));
    } finally {
      lock.unlock();
    }
  }

  private void expire() {
    long now = System.nanoTime();
    lock.lock();
    try {
      for (RangeLink link : links()) {
        var late = new ArrayList<RangeCall>();
        for (RangeCall call : link.unanswered()) {
          if (call.deadlineNanos - now <= 0) {
            late.add(call);
          }
        }
        for (RangeCall call : late) {
          // One that is late takes those behind it along.
          if (link.unanswered().contains(call)) {
            link.expire(call);
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable NodeStream submitHeld(RangeLink link, RangeCall call) {
    try {
      return link.submit(call);
    } catch (HoldfastException e) {
      call.fail(e);
      return null;
    }
  }

  private RangeCall.Leave leaving(CallGroup<?> group) {
    return new RangeCall.Leave(group, window(), deadline(), incarnation);
  }

  private List<RangeCall.Join> join(RangeLink link, int as) {
    return join(new RangeLink[] {link}, as);
  }

  private List<RangeCall.Join> join(RangeLink[] links, int as) {
    var group = new CallGroup<Boolean>(executor(), done -> true);
    var joins = new ArrayList<RangeCall.Join>();
    for (RangeLink link : links) {
      var call = new RangeCall.Join(group, window(), deadline(), as, groupSize);
      joins.add(call);
      submit(link, call);
    }
    group.done();
    await(group.future());
    return joins;
  }

  private void joined(RangeCall.Join answer) {
    var joined = answer.joined();
    RangeLink link = answer.link();
    long seq = joined.lastSeq();
    if (resumed != null) {
      seq = resumed.seqs().getOrDefault(link.route().range(), seq);
    } else if (!ticked && !isAnonymous()) {
      clock = Math.max(clock, joined.clock());
    }
    link.joinedAt(seq, joined.lastSeq());
  }

  private <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(options().callTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof HoldfastException known
          ? known
          : new HoldfastException(ErrorCode.INTERNAL, "unexpected", e);
    } catch (TimeoutException e) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE, "no answer within " + options().callTimeout(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
    }
  }

  private boolean isIdle() {
    return links().stream().allMatch(link -> link.unanswered().isEmpty());
  }

  private List<RangeSet> allSets() {
    var all = new ArrayList<>(sets.values());
    all.add(home);
    return all;
  }

  private List<RangeLink> links() {
    return allSets().stream().flatMap(set -> set.links().stream()).toList();
  }
}
