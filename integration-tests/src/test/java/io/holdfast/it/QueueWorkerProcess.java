package io.holdfast.it;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Options;
import io.holdfast.client.Resume;
import io.holdfast.client.Shard;
import io.holdfast.client.Table;
import io.holdfast.client.WorkQueue;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.TableSpec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;

/**
 * The main class of a worker that takes shards and adds 1 to the row of each: arguments are the
 * address, the rank, the size of the group, and after how many shards it stops with the next in its
 * hands (0: never).
 */
final class QueueWorkerProcess {
  static final String JOB = "queue";
  static final int SHARDS = 12;
  static final int PASSES = 5;

  private QueueWorkerProcess() {}

  static TableSpec counts() {
    return TableSpec.dense((long) SHARDS * PASSES).int64().build();
  }

  public static void main(String[] arguments) throws Exception {
    int rank = Integer.parseInt(arguments[1]);
    int group = Integer.parseInt(arguments[2]);
    int stopsAfter = Integer.parseInt(arguments[3]);
    var options = Options.defaults().withConnectTimeout(Duration.ofSeconds(30));
    try (Holdfast cluster = Holdfast.connect(arguments[0], options);
        Worker worker = cluster.job(JOB).join(WorkerId.of(rank, group), Resume.IF_SAVED)) {
      Table counts = worker.table("counts", counts());
      WorkQueue queue = worker.queue("train", SHARDS, PASSES);
      var held = new ArrayDeque<Shard>(queue.held());
      int done = 0;
      while (!queue.isExhausted()) {
        var shard = held.isEmpty() ? queue.take().get().orElse(null) : held.removeFirst();
        if (shard != null) {
          if (stopsAfter > 0 && done == stopsAfter) {
            System.out.println("holding " + shard);
            new CountDownLatch(1).await();
          }
          long row = (long) shard.pass() * SHARDS + shard.index();
          var unused = counts.push(new long[] {row}, new long[] {1});
          shard.done();
          done++;
        } else if (!queue.isExhausted()) {
          counts.pull(new long[] {0}).get(); // no faster than the others
        }
        worker.tick(new byte[0]).get();
      }
      worker.leave().get();
      System.out.println("done " + done);
    }
    System.exit(0);
  }
}
