package io.holdfast.client;

import io.grpc.ManagedChannel;
import io.holdfast.client.retry.LinkHost;
import io.holdfast.client.retry.QueueCall;
import io.holdfast.client.retry.RangeCall;
import io.holdfast.client.retry.RangeLink;
import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.RangeUnit;
import io.holdfast.client.retry.Route;
import io.holdfast.client.retry.WorkerLinks;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Hello;
import io.holdfast.v1.QueueReply;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import io.holdfast.v1.Welcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One incarnation of a worker, or a caller outside any group (rank of 2^31 and more, joined when it
 * first pushes, counted in no clock), with its streams: what the pure {@link WorkerLinks} stand on.
 *
 * <p>One lock guards all of that. Under it nothing blocks and no bulk bytes move: values are copied
 * out, and frames written, after it is let go.
 */
final class Session implements LinkHost {
  private static final long MIN_SWEEP_MILLIS = 5;
  private static final long MAX_SWEEP_MILLIS = 1_000;

  private final RemoteCluster cluster;
  private final int job;
  private final int rank;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, NodeStream> streams = new HashMap<>();
  private final Map<RangeSet, RouteSource> sources = new HashMap<>();
  private final WorkerLinks links;
  private final Membership membership;
  private final ScheduledFuture<?> sweep;
  private long calls;
  // What was given calls since the lock was taken and they were sent.
  private @Nullable NodeStream given;
  private boolean severalGiven;

  /**
   * @param home asks where the job's home range is
   * @param now where it is as far as is known
   */
  Session(RemoteCluster cluster, int job, int rank, int groupSize, RouteSource home, Route now) {
    this.cluster = cluster;
    this.job = job;
    this.rank = rank;
    this.links = new WorkerLinks(this, cluster.policy(), groupSize == 0, now);
    sources.put(links.home(), home);
    this.membership = new Membership(this, links, groupSize);
    long millis =
        Math.max(
            MIN_SWEEP_MILLIS, Math.min(MAX_SWEEP_MILLIS, options().callTimeout().toMillis() / 16));
    this.sweep =
        cluster
            .timer()
            .scheduleWithFixedDelay(
                () -> locked(links::expire), millis, millis, TimeUnit.MILLISECONDS);
  }

  Options options() {
    return cluster.options();
  }

  Window window() {
    return cluster.window();
  }

  TrafficCounter traffic() {
    return cluster.counter();
  }

  int rank() {
    return rank;
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
    return links.isAnonymous();
  }

  int incarnation() {
    return links.incarnation();
  }

  int clock() {
    return links.clock();
  }

  boolean isDamaged() {
    return links.isDamaged();
  }

  Membership membership() {
    return membership;
  }

  long deadline() {
    return System.nanoTime() + options().callTimeout().toNanos();
  }

  /**
   * The ranges of a table, the same however often it is opened; ready to be used once {@link
   * Membership#connect} or {@link Membership#join} returned.
   */
  RangeSet ranges(int table, RouteSource source, List<Route> routes) {
    lock.lock();
    try {
      RangeSet set = links.open(table, routes);
      sources.put(set, source);
      return set;
    } finally {
      lock.unlock();
    }
  }

  /** See {@link WorkerLinks#keepInStep}. */
  void keepInStep() {
    locked(links::keepInStep);
  }

  /** Sends a call now; it fails through its outcome where that cannot be. */
  void submit(RangeLink link, RangeCall call) {
    locked(() -> links.submit(link, call));
  }

  /** Likewise, to all the ranges that are numbered as one. */
  void submit(RangeUnit unit, RangeCall call) {
    locked(() -> links.submit(unit, call));
  }

  /** Sends a push and the pull that must see it, side by side. */
  void submit(RangeUnit unit, RangeCall push, RangeCall pull) {
    locked(
        () -> {
          links.submit(unit, push);
          links.submit(unit, pull);
        });
  }

  /**
   * Ends the clock: a tick to every range joined, behind what was submitted before. What is
   * submitted after this returns carries the next clock.
   *
   * @return the clocks finished with it
   */
  int tick(CallGroup<?> group) {
    lock.lock();
    try {
      links.tick(() -> new PartOutcome(group, window()), deadline());
      return links.clock();
    } finally {
      lock.unlock();
      drain();
    }
  }

  /** As {@link #tick(CallGroup)}; gives what {@link #save} is to save, with the seqs as of it. */
  SavedState tick(CallGroup<?> group, byte[] state, Map<Integer, byte[]> held) {
    lock.lock();
    try {
      var seqs = links.tickToSave(() -> new PartOutcome(group, window()), deadline());
      return new SavedState(links.clock(), seqs, held, state);
    } finally {
      lock.unlock();
      drain();
    }
  }

  void save(CallGroup<?> group, SavedState state, @Nullable SavedWork work) {
    submit(
        links.home().links().get(0),
        new RangeCall.Save(
            new PartOutcome(group, window()),
            deadline(),
            links.incarnation(),
            state.clock(),
            state.encode(),
            work));
  }

  /** A call about a work queue, to the home range. */
  CompletableFuture<QueueReply> queue(QueueRequest request) {
    var answer = new AtomicReference<QueueReply>(QueueReply.getDefaultInstance());
    var group = new CallGroup<QueueReply>(executor(), done -> answer.get());
    submit(
        links.home().links().get(0),
        new QueueCall(new PartOutcome.Queued(group, window(), answer::set), deadline(), request));
    group.done();
    return group.future();
  }

  /** Waits for it; its failure is thrown. */
  <T> T await(CompletableFuture<T> future) {
    return membership.await(future, options().callTimeout().toNanos());
  }

  /** To every range joined, the home range last. */
  void leave(CallGroup<?> group) {
    locked(() -> links.leave(() -> new PartOutcome(group, window()), deadline()));
  }

  /** Waits for unanswered calls until then, fails the rest, and ends the streams. */
  void close(long deadlineNanos) {
    lock.lock();
    try {
      while (!links.isIdle() && System.nanoTime() < deadlineNanos) {
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
      links.kill(closed());
      streams.values().forEach(NodeStream::close);
    } finally {
      lock.unlock();
    }
    sweep.cancel(false);
  }

  static HoldfastException closed() {
    return new HoldfastException(ErrorCode.CLOSED, "the connection or the worker is closed");
  }

  /** The map has changed: what is asked, and for whom. */
  Map<RangeSet, RouteSource> sources() {
    lock.lock();
    try {
      var used = new HashMap<RangeSet, RouteSource>();
      links.sets().forEach(set -> used.put(set, source(set)));
      return used;
    } finally {
      lock.unlock();
    }
  }

  /** What the map says now. */
  void apply(RangeSet set, List<Route> routes) {
    locked(() -> set.apply(routes));
  }

  /**
   * Takes the lock, runs the task, and sends what it had to send once the lock is let go. Within
   * another such task it leaves the sending to that one.
   */
  void locked(Runnable task) {
    @Nullable Boolean unused =
        computeLocked(
            () -> {
              task.run();
              return null;
            });
  }

  /** As {@link #locked}; gives what the task gives. */
  <T> @Nullable T computeLocked(Supplier<@Nullable T> task) {
    NodeStream one = null;
    boolean several = false;
    T result;
    lock.lock();
    try {
      result = task.get();
    } finally {
      if (lock.getHoldCount() == 1) {
        one = given;
        several = severalGiven;
        given = null;
        severalGiven = false;
      }
      lock.unlock();
    }
    if (several) {
      drain();
    } else if (one != null) {
      one.drain();
    }
    return result;
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

  // What follows is for links and streams, under the lock.

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void send(String address, RangeCall call) {
    NodeStream stream = stream(address);
    severalGiven |= given != null && !stream.equals(given);
    given = stream;
    stream.enqueue(call);
  }

  @Override
  public void withdraw(String address, RangeCall call) {
    stream(address).withdraw(call);
  }

  @Override
  public void later(long delayNanos, Runnable task) {
    try {
      var unused =
          cluster.timer().schedule(() -> run(() -> locked(task)), delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The cluster is closed; so is this session, or it will be in a moment.
      links.kill(closed());
    }
  }

  @Override
  public void fetch(RangeSet ranges) {
    RouteSource source = source(ranges);
    run(() -> fetch(ranges, source));
  }

  WorkerLinks links() {
    return links;
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
        .setTickGroups(true)
        .build();
  }

  NodeStream stream(String address) {
    return streams.computeIfAbsent(address, node -> new NodeStream(this, node, lock));
  }

  void adopt(Welcome welcome) {
    cluster.adopt(welcome);
  }

  /** The stream to a node broke. */
  void broken(String address) {
    cluster.nodes().failed(address);
    links.broken(address);
  }

  private RouteSource source(RangeSet set) {
    return java.util.Objects.requireNonNull(sources.get(set));
  }

  private void fetch(RangeSet set, RouteSource source) {
    List<Route> routes;
    try {
      routes = source.fetch();
    } catch (HoldfastException e) {
      boolean isGone = e.code() == ErrorCode.UNKNOWN_TABLE || e.code() == ErrorCode.UNKNOWN_JOB;
      locked(isGone ? () -> links.drop(set, e) : set::notFetched);
      return;
    } catch (RuntimeException e) {
      locked(set::notFetched);
      throw e;
    }
    locked(() -> set.fetched(routes));
  }

  private void run(Runnable task) {
    try {
      executor().execute(task);
    } catch (RejectedExecutionException e) {
      locked(() -> links.kill(closed())); // the cluster is closed
    }
  }
}
