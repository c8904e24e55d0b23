package io.holdfast.it;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.TableSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;

/**
 * Workers that count their pushes in the table: each push adds 1 to a row that no other push
 * touches, and to some rows that all share, so that any push that is lost or applied twice shows.
 * They push without waiting, tick, save where they are now and then, and resume from there. Ends
 * with status 0 when all is pushed and acknowledged.
 */
final class CountingProcess {
  static final String TABLE = "counts";
  static final int SHARED = 16;
  private static final int PUSHES_IN_CLOCK = 4;
  private static final int SAVE_EVERY = 16;
  private static final int IN_FLIGHT = 64;
  private static final long WORKER = 1L << 32;

  private CountingProcess() {}

  static TableSpec spec(Consistency consistency, Durability durability) {
    return TableSpec.sparse()
        .int64()
        .hashed()
        .ranges(4)
        .consistency(consistency)
        .durability(durability)
        .build();
  }

  static long key(int rank, long push) {
    return (rank + 1) * WORKER + push;
  }

  static long shared(long push) {
    return push % SHARED;
  }

  /**
   * @param arguments addresses, job, workers, pushes of each, staleness (-1: eventual), durability
   */
  public static void main(String[] arguments) throws Exception {
    int workers = Integer.parseInt(arguments[2]);
    int pushes = Integer.parseInt(arguments[3]);
    int staleness = Integer.parseInt(arguments[4]);
    var consistency = staleness < 0 ? Consistency.eventual() : Consistency.bounded(staleness);
    var spec = spec(consistency, Durability.valueOf(arguments[5]));
    var options = Options.defaults().withConnectTimeout(Duration.ofMinutes(1));
    try (Holdfast cluster = Holdfast.connect(arguments[0], options)) {
      var running = new ArrayList<CompletableFuture<Void>>();
      for (int rank = 0; rank < workers; rank++) {
        int which = rank;
        var ended = new CompletableFuture<Void>();
        running.add(ended);
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (Worker worker =
                      cluster
                          .job(arguments[1])
                          .join(WorkerId.of(which, workers), Resume.IF_SAVED)) {
                    count(worker, worker.table(TABLE, spec), pushes);
                    ended.complete(null);
                  } catch (RuntimeException e) {
                    ended.completeExceptionally(e);
                  }
                });
      }
      CompletableFuture.allOf(running.toArray(CompletableFuture<?>[]::new)).join();
    }
    System.exit(0);
  }

  private static void count(Worker worker, Table table, int pushes) {
    var inFlight = new ArrayDeque<CompletableFuture<PushReceipt>>();
    long first = worker.savedState().map(state -> ByteBuffer.wrap(state).getLong()).orElse(0L);
    for (long push = first; push < pushes; push++) {
      if (inFlight.size() == IN_FLIGHT) {
        inFlight.remove().join();
      }
      long[] keys = {shared(push), key(worker.id().rank(), push)};
      inFlight.add(table.push(keys, new long[] {1, 1}));
      if ((push + 1) % PUSHES_IN_CLOCK == 0) {
        tick(worker, table, push + 1);
      }
    }
    inFlight.forEach(CompletableFuture::join);
    worker.tick(state(pushes)).join();
    worker.leave().join();
  }

  private static void tick(Worker worker, Table table, long done) {
    if ((worker.clock() + 1) % SAVE_EVERY != 0) {
      var unused = worker.tick();
      return;
    }
    var saved = worker.tick(state(done));
    table.pull(new long[] {0}).join(); // no further ahead of the others than the bound allows
    if (done % 256 == 0) {
      saved.join();
    }
  }

  private static byte[] state(long done) {
    return ByteBuffer.allocate(Long.BYTES).putLong(done).array();
  }
}
