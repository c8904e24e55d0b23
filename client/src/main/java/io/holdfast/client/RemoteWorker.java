package io.holdfast.client;

import io.holdfast.filter.Filters;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.SavedWork;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A worker; its clock, seqs and streams are its session's. */
final class RemoteWorker implements Worker {
  private final RemoteCluster cluster;
  private final RemoteJob job;
  private final Session session;
  private final WorkerId id;
  private final boolean resumes;
  private final Map<String, RemoteQueue> queues = new LinkedHashMap<>();
  private final Pushes pushes = new Pushes();
  private final WorkerFilters filters;
  // Saves are made in the order of their clocks.
  private CompletableFuture<?> lastSave = CompletableFuture.completedFuture(null);
  private final Heartbeats heartbeats;
  private CompletableFuture<?> lastTick = CompletableFuture.completedFuture(null);

  RemoteWorker(RemoteCluster cluster, RemoteJob job, Session session, WorkerId id, Resume resume) {
    this.cluster = cluster;
    this.job = job;
    this.session = session;
    this.id = id;
    SavedState resumed = session.membership().resumed();
    // Who was away has sent what it held back, or it is lost with its clock: nobody can tell.
    Map<Integer, byte[]> held =
        resumed == null || session.membership().beganAgain() ? Map.of() : resumed.held();
    this.filters = new WorkerFilters(id.rank(), held);
    this.heartbeats = new Heartbeats(session, cluster.timer());
    heartbeats.start();
    this.resumes = resume == Resume.IF_SAVED && !session.membership().beganAgain();
  }

  @Override
  public WorkerId id() {
    return id;
  }

  @Override
  public int incarnation() {
    return session.incarnation();
  }

  @Override
  public int clock() {
    return session.clock();
  }

  @Override
  public Optional<byte[]> savedState() {
    SavedState resumed = session.membership().resumed();
    return resumed == null ? Optional.empty() : Optional.of(resumed.state().clone());
  }

  @Override
  public Table table(String name, TableSpec spec) {
    return table(name, spec, Filters.NONE);
  }

  @Override
  public Table table(String name) {
    return table(name, Filters.NONE);
  }

  @Override
  public Table table(String name, TableSpec spec, Filters by) {
    by.checkSuits(name, spec);
    return open(job.create(name, spec), by);
  }

  @Override
  public Table table(String name, Filters by) {
    return open(job.describe(name), by);
  }

  @Override
  public synchronized WorkQueue queue(String name, int shards, int passes) {
    RemoteQueue open = queues.get(name);
    if (open == null || open.shards() != shards || open.passes() != passes) {
      open = session.await(RemoteQueue.open(session::queue, name, shards, passes, resumes));
      queues.put(name, open);
    }
    return open;
  }

  private SavedWork work() {
    var work = SavedWork.newBuilder();
    queues.values().forEach(queue -> work.addQueues(queue.progress()));
    return work.build();
  }

  private synchronized void saved(@Nullable SavedWork work) {
    if (work != null) {
      for (var progress : work.getQueuesList()) {
        var queue = queues.get(progress.getQueue());
        if (queue != null) {
          queue.saved(progress);
        }
      }
    }
  }

  // Ticks are made one at a time, so that clocks and saves come in the same order.
  @Override
  public synchronized CompletableFuture<Integer> tick() {
    var ticks = new CallGroup<Boolean>(cluster.executor(), done -> true);
    int finished;
    try {
      finished = session.tick(ticks);
    } catch (HoldfastException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      ticks.done();
    }
    lastTick = ticks.future();
    return ticks.future().thenApply(done -> finished);
  }

  @Override
  public CompletableFuture<Integer> tick(byte[] state) {
    return tickAndSave(state.clone());
  }

  private synchronized CompletableFuture<Integer> tickAndSave(byte[] state) {
    var save = new CallGroup<Boolean>(cluster.executor(), done -> true);
    var ticks = new CallGroup<Boolean>(cluster.executor(), done -> true);
    SavedState reached;
    SavedWork work;
    try {
      reached = filters.inOrder(() -> session.tick(ticks, state, checked(state, filters.save())));
      work = queues.isEmpty() ? null : work(); // it forgets what is done: nothing fails after it
    } catch (HoldfastException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      ticks.done();
    }
    var before = lastSave.handle((saved, error) -> true);
    var saving =
        ticks
            .future()
            .thenCombine(before, (ticked, earlier) -> true)
            .thenCompose(
                ready -> {
                  session.save(save, reached, work);
                  save.done();
                  return save.future();
                });
    lastSave = saving;
    lastTick = ticks.future();
    return saving.thenApply(
        done -> {
          saved(work);
          return reached.clock();
        });
  }

  private Map<Integer, byte[]> checked(byte[] state, Map<Integer, byte[]> held) {
    long heldBytes = held.values().stream().mapToLong(bytes -> bytes.length).sum();
    int frame = session.limits().frameBytes();
    int most = Math.min(SavedState.MAX_BYTES, frame - frame / SavedState.SHARE_OF_SEQS);
    if (state.length + heldBytes > most) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "a state of "
              + state.length
              + " bytes and "
              + heldBytes
              + " of rows that filters hold back are above "
              + most
              + " together; keep the state in a table, release the rows by flush() before the tick,"
              + " or let filters hold back less");
    }
    return held;
  }

  @Override
  public CompletableFuture<Void> flush() {
    filters.release(); // its pushes are recorded like any others
    return pushes.flush();
  }

  @Override
  public CompletableFuture<Group> group() {
    return heartbeats.group();
  }

  /** What it has done is in everywhere before the home range decides that it has gone. */
  @Override
  public CompletableFuture<Void> leave() {
    return flush()
        .handle((flushed, error) -> true)
        .thenCompose(flushed -> unfinished().handle((done, error) -> true))
        .thenCompose(ready -> leave(session::leaveHome))
        .thenCompose(decided -> leave(session::leaveTables))
        .thenRun(this::close);
  }

  private synchronized CompletableFuture<?> unfinished() {
    return CompletableFuture.allOf(lastTick, lastSave);
  }

  private CompletableFuture<Boolean> leave(Consumer<CallGroup<?>> ranges) {
    var group = new CallGroup<Boolean>(cluster.executor(), done -> true);
    ranges.accept(group);
    group.done();
    return group.future();
  }

  @Override
  public void close() {
    heartbeats.stop();
    session.close(System.nanoTime() + cluster.options().closeTimeout().toNanos());
    cluster.closed(session);
  }

  private RemoteTable open(io.holdfast.v1.Table table, Filters by) {
    RemoteTable opened =
        job.open(session, table)
            .recordingPushes(pushes)
            .encoded(by.pushEncoding(), by.pullEncoding());
    filters.renamed(table.getFormerIdsList(), table.getId());
    return filters.open(table.getId(), opened, by);
  }
}
