package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.OpenQueue;
import io.holdfast.v1.QueueReply;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A worker's view of one queue: its number of takes, and what it has to say with the next save. */
final class RemoteQueue implements WorkQueue {
  private final Function<QueueRequest, CompletableFuture<QueueReply>> calls;
  private final String name;
  private final int shards;
  private final int passes;
  private final List<Shard> held;
  // What no saved state has said yet.
  private final Set<Long> done = new LinkedHashSet<>();
  private CompletableFuture<?> lastTake = CompletableFuture.completedFuture(null);
  private long takes;
  private boolean exhausted;

  private RemoteQueue(
      Function<QueueRequest, CompletableFuture<QueueReply>> calls,
      String name,
      int shards,
      int passes,
      QueueReply opened) {
    this.calls = calls;
    this.name = name;
    this.shards = shards;
    this.passes = passes;
    this.takes = opened.getTakes();
    this.held = opened.getItemsList().stream().<Shard>map(Item::new).toList();
  }

  /**
   * Opens it.
   *
   * @param calls to the home range, with the worker's incarnation added
   * @param resumes whether the worker goes on from its saved state
   */
  static CompletableFuture<RemoteQueue> open(
      Function<QueueRequest, CompletableFuture<QueueReply>> calls,
      String name,
      int shards,
      int passes,
      boolean resumes) {
    var open = OpenQueue.newBuilder().setShards(shards).setPasses(passes).setResume(resumes);
    return calls
        .apply(QueueRequest.newBuilder().setQueue(name).setOpen(open).build())
        .thenApply(opened -> new RemoteQueue(calls, name, shards, passes, opened));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int shards() {
    return shards;
  }

  @Override
  public int passes() {
    return passes;
  }

  @Override
  public List<Shard> held() {
    return held;
  }

  @Override
  public synchronized CompletableFuture<Optional<Shard>> take() {
    var taken = lastTake.handle((before, error) -> true).thenCompose(ready -> takeNext());
    lastTake = taken;
    return taken;
  }

  private CompletableFuture<Optional<Shard>> takeNext() {
    QueueRequest request;
    synchronized (this) {
      request = QueueRequest.newBuilder().setQueue(name).setTake(takes + 1).build();
    }
    return calls.apply(request).thenApply(this::taken);
  }

  private synchronized Optional<Shard> taken(QueueReply reply) {
    exhausted = reply.getExhausted();
    if (!exhausted) {
      takes = reply.getTakes(); // the end is not a take: it is the same for ever
    }
    return reply.getItemsCount() == 0 ? Optional.empty() : Optional.of(new Item(reply.getItems(0)));
  }

  @Override
  public synchronized boolean isExhausted() {
    return exhausted;
  }

  /** What is to be saved with the state that the worker makes now. */
  synchronized SavedWork.Progress progress() {
    return SavedWork.Progress.newBuilder().setQueue(name).setTakes(takes).addAllDone(done).build();
  }

  /** That is saved. What is not is said again with the next state. */
  synchronized void saved(SavedWork.Progress progress) {
    progress.getDoneList().forEach(done::remove);
  }

  /** What all queues of a job are at. */
  static List<QueueStatus> status(QueueReply reply) {
    var all = new ArrayList<QueueStatus>();
    for (var info : reply.getQueuesList()) {
      Map<Integer, List<QueueStatus.Taken>> out = new HashMap<>();
      for (var of : info.getOutList()) {
        out.put(
            of.getRank(),
            of.getItemsList().stream()
                .map(
                    item ->
                        new QueueStatus.Taken(
                            (int) (item % info.getShards()), (int) (item / info.getShards())))
                .toList());
      }
      all.add(
          new QueueStatus(
              info.getName(),
              info.getShards(),
              info.getPasses(),
              info.getFinished(),
              info.getLeft(),
              out));
    }
    return List.copyOf(all);
  }

  private final class Item implements Shard {
    private final long item;
    private boolean isDone;

    Item(long item) {
      this.item = item;
    }

    @Override
    public int index() {
      return (int) (item % shards);
    }

    @Override
    public int pass() {
      return (int) (item / shards);
    }

    @Override
    public void done() {
      synchronized (RemoteQueue.this) {
        if (isDone) {
          throw new HoldfastException(
              ErrorCode.SHARD_NOT_HELD,
              "shard " + index() + " of pass " + pass() + " of queue '" + name + "' is done");
        }
        isDone = true;
        done.add(item);
      }
    }

    @Override
    public String toString() {
      return "shard " + index() + " of pass " + pass();
    }
  }
}
