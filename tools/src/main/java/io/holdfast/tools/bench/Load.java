package io.holdfast.tools.bench;

import io.holdfast.client.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The loops of all workers at once, each on a thread of its own. */
final class Load {
  private final List<LoadLoop> loops = new ArrayList<>();

  /**
   * @param calls of each worker
   * @param tables one table, as each worker sees it
   */
  Load(List<Workload.Calls> calls, List<Table> tables, boolean push, int inFlight) {
    for (int worker = 0; worker < tables.size(); worker++) {
      loops.add(new LoadLoop(calls.get(worker), tables.get(worker), push, inFlight));
    }
  }

  /** Blocks until the time is over and every call is answered. */
  LoadLoop.Measured run(double seconds) throws InterruptedException {
    if (loops.size() == 1) {
      return loops.get(0).run(seconds);
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(loops.size())) {
      List<Future<LoadLoop.Measured>> running = new ArrayList<>();
      for (LoadLoop loop : loops) {
        running.add(threads.submit(() -> loop.run(seconds)));
      }
      LoadLoop.Measured all = null;
      for (Future<LoadLoop.Measured> one : running) {
        all = all == null ? one.get() : all.with(one.get());
      }
      return java.util.Objects.requireNonNull(all);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }
}
