package io.holdfast.tools.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Durability;
import io.holdfast.tools.command.LocalCluster;
import io.holdfast.tools.command.OwnServer;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class QueueWorkerTest {
  private static final int EXAMPLES = 80;

  @TempDir Path directory;

  private static LrSettings settings() {
    return LrSettings.builder()
        .generatedExamples(EXAMPLES)
        .workers(1)
        .passes(1)
        .batch(5)
        .consistency("eventual")
        .alpha(0.1)
        .durability(Durability.MEMORY)
        .seed(7)
        .life(new RunLife(/* resume= */ true, /* run= */ 1, RunLife.SAVE_EVERY))
        .sharing(new WorkSharing(0, 4))
        .build();
  }

  /** What it had begun is another's, and what it takes now it begins at its start. */
  @Test
  void whoHadLeftWithinAShardTakesTheNextOneWhole() throws IOException, InterruptedException {
    var settings = settings();
    var examples = Problems.random(EXAMPLES, 5, 1);
    int batches = Stripe.ofShared(examples, settings, 0).batchesPerPass();
    try (LocalCluster server = OwnServer.start(directory);
        Holdfast cluster = Holdfast.connect(server.address())) {
      try (Worker worker = cluster.job("lr").join(WorkerId.of(0, 1), Resume.IF_SAVED)) {
        worker.tick(Position.after(batches - 1, settings, batches).encode()).join();
        worker.leave().join();
      }
      var seen = new AtomicInteger();
      new QueueWorker(settings, examples, cluster.job("lr"), 0, counting(seen)).run();
      assertEquals(EXAMPLES, seen.get());
    }
  }

  private static TrainingProgress counting(AtomicInteger seen) {
    return new TrainingProgress() {
      @Override
      public void resumed(int rank, long examples) {}

      @Override
      public void batchDone(int rank, long batches, int examples, double lossSum) {
        seen.addAndGet(examples);
      }

      @Override
      public void time(int rank, long waitedNanos, long passedNanos) {}
    };
  }
}
