package io.holdfast.tools.train;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.LostWorkers;
import io.holdfast.client.QueueStatus;
import io.holdfast.client.Reader;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.TableInfo;
import io.holdfast.client.Traffic;
import io.holdfast.client.WorkQueue;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.filter.Filters;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in memory: one job's tables and worker group under one lock, with the rules and the
 * consistency models as the servers have them. Pulls that have to wait stay pending until a tick
 * lets them go. Nothing is durable; a saved state lives as long as the fake.
 */
final class FakeCluster implements Holdfast {
  private final Map<String, FakeTable> tables = new TreeMap<>();
  private final Map<Integer, byte[]> savedStates = new TreeMap<>();
  private final Map<Integer, Integer> savedClocks = new TreeMap<>();
  private final List<Integer> ticksOfFinishedWorkers = new ArrayList<>();
  private int @Nullable [] clocks;
  private boolean @Nullable [] left;
  private int pushesUntilFailure = Integer.MAX_VALUE;

  /** Lets this many pushes through, and fails all that come after. */
  synchronized void failPushesAfter(int pushes) {
    pushesUntilFailure = pushes;
  }

  boolean failsPush() {
    return pushesUntilFailure-- <= 0;
  }

  /** Ticks that each worker had made when it left, in order of leaving. */
  synchronized List<Integer> ticksOfFinishedWorkers() {
    return List.copyOf(ticksOfFinishedWorkers);
  }

  @Override
  public Job job(String name) {
    return new FakeJob(name);
  }

  @Override
  public synchronized void dropJob(String name) {
    tables.keySet().removeIf(table -> table.startsWith(name + "/"));
    savedStates.clear();
    savedClocks.clear();
    clocks = null;
    left = null;
  }

  @Override
  public Reader reader(String job, String table) {
    throw new UnsupportedOperationException("nobody reads in these tests");
  }

  @Override
  public synchronized List<TableInfo> tables() {
    List<TableInfo> found = new ArrayList<>();
    tables.forEach(
        (name, table) -> {
          int slash = name.indexOf('/');
          found.add(
              new TableInfo(name.substring(0, slash), name.substring(slash + 1), table.spec(), 1));
        });
    return found;
  }

  @Override
  public Traffic traffic() {
    return new Traffic(0, 0, 0, 0, 0);
  }

  @Override
  public void close() {}

  /** Clocks that every worker but this one has finished; those who left count in none. */
  int othersClock(int rank) {
    int least = Integer.MAX_VALUE;
    if (clocks != null && left != null) {
      for (int other = 0; other < clocks.length; other++) {
        if (other != rank && !left[other]) {
          least = Math.min(least, clocks[other]);
        }
      }
    }
    return least;
  }

  int clockOf(int rank) {
    return clocks == null || rank < 0 ? 0 : clocks[rank];
  }

  private final class FakeJob implements Job {
    private final String name;

    FakeJob(String name) {
      this.name = name;
    }

    @Override
    public void expel(int rank) {}

    @Override
    public void lostWorkers(LostWorkers policy, java.time.Duration lostAfter) {}

    @Override
    public String name() {
      return name;
    }

    @Override
    public Table table(String table, TableSpec spec) {
      return open(name + "/" + table, spec, -1);
    }

    @Override
    public Table table(String table) {
      return open(name + "/" + table, null, -1);
    }

    @Override
    public void dropTable(String table) {
      synchronized (FakeCluster.this) {
        tables.remove(name + "/" + table);
      }
    }

    @Override
    public List<QueueStatus> queues() {
      return List.of();
    }

    @Override
    public Worker join(WorkerId id, Resume resume) {
      synchronized (FakeCluster.this) {
        if (clocks == null || left == null) {
          clocks = new int[id.groupSize()];
          left = new boolean[id.groupSize()];
        }
        left[id.rank()] = false;
        byte[] state = null;
        if (resume == Resume.IF_SAVED && savedStates.containsKey(id.rank())) {
          state = savedStates.get(id.rank());
          clocks[id.rank()] = savedClocks.getOrDefault(id.rank(), 0);
        }
        return new FakeWorker(name, id, state);
      }
    }
  }

  private Table open(String name, @Nullable TableSpec spec, int rank) {
    synchronized (this) {
      FakeTable table = tables.get(name);
      if (table == null && spec != null) {
        table = new FakeTable(this, name.substring(name.indexOf('/') + 1), spec);
        tables.put(name, table);
      }
      if (table == null) {
        throw new HoldfastException(ErrorCode.UNKNOWN_TABLE, name);
      }
      if (spec != null && !spec.equals(table.spec())) {
        throw new HoldfastException(ErrorCode.TABLE_MISMATCH, name);
      }
      return table.asSeenBy(rank);
    }
  }

  private final class FakeWorker implements Worker {
    private final String job;
    private final WorkerId id;
    private final byte @Nullable [] state;

    FakeWorker(String job, WorkerId id, byte @Nullable [] state) {
      this.job = job;
      this.id = id;
      this.state = state;
    }

    @Override
    public WorkerId id() {
      return id;
    }

    @Override
    public int incarnation() {
      return 1;
    }

    @Override
    public int clock() {
      return clockOf(id.rank());
    }

    @Override
    public Optional<byte[]> savedState() {
      return Optional.ofNullable(state);
    }

    @Override
    public Table table(String name, TableSpec spec) {
      return open(job + "/" + name, spec, id.rank());
    }

    @Override
    public Table table(String name) {
      return open(job + "/" + name, null, id.rank());
    }

    @Override
    public Table table(String name, TableSpec spec, Filters filters) {
      return table(name, spec);
    }

    @Override
    public Table table(String name, Filters filters) {
      return table(name);
    }

    @Override
    public WorkQueue queue(String queue, int shards, int passes) {
      throw new UnsupportedOperationException("there are no queues here");
    }

    @Override
    public CompletableFuture<Integer> tick() {
      return tick(null);
    }

    @Override
    public CompletableFuture<Integer> tick(byte @Nullable [] saved) {
      synchronized (FakeCluster.this) {
        if (clocks == null) {
          throw new IllegalStateException("nobody joined");
        }
        int clock = ++clocks[id.rank()];
        if (saved != null) {
          savedStates.put(id.rank(), saved);
          savedClocks.put(id.rank(), clock);
        }
        tables.values().forEach(FakeTable::clocksChanged);
        return CompletableFuture.completedFuture(clock);
      }
    }

    @Override
    public CompletableFuture<Void> flush() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<io.holdfast.client.Group> group() {
      return CompletableFuture.failedFuture(new UnsupportedOperationException());
    }

    @Override
    public CompletableFuture<Void> leave() {
      synchronized (FakeCluster.this) {
        if (clocks != null && left != null) {
          left[id.rank()] = true;
          ticksOfFinishedWorkers.add(clocks[id.rank()]);
          tables.values().forEach(FakeTable::clocksChanged);
        }
        return CompletableFuture.completedFuture(null);
      }
    }

    @Override
    public void close() {}
  }
}
