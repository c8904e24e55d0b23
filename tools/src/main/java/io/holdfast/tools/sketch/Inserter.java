package io.holdfast.tools.sketch;

import io.holdfast.client.Job;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One worker that counts its items. Each push carries the counters of a batch of items, and several
 * are on their way at a time.
 *
 * <p><b>State.</b> It saves how many items are behind it. When it comes back it makes the same
 * batches again from there, so under the seqs that they had; the servers drop those that they have
 * (rule P14).
 */
final class Inserter {
  private final SketchSettings settings;
  private final Items items;
  private final Job job;
  private final int rank;
  private final Tally tally;
  private long behind;

  Inserter(SketchSettings settings, Items items, Job job, int rank, Tally tally) {
    this.settings = settings;
    this.items = items;
    this.job = job;
    this.rank = rank;
    this.tally = tally;
  }

  /** Counts all its items and leaves the group. Blocks; an interrupt ends it. */
  void run() throws InterruptedException {
    try (items;
        Worker worker = job.join(WorkerId.of(rank, settings.workers()), Resume.IF_SAVED)) {
      settings.life().check(worker);
      Table counters = worker.table(settings.table(), settings.tableSpec());
      long before = worker.savedState().map(this::decode).orElse(0L);
      items.skip(before);
      tally.begins(before);
      insert(worker, counters, before);
      await(worker.flush());
      await(worker.leave());
    }
  }

  private void insert(Worker worker, Table counters, long from) throws InterruptedException {
    behind = from;
    insertSome(worker, counters, Integer.MAX_VALUE);
    await(worker.tick(encode(behind)));
  }

  /** Counts the items of so many batches at most. Returns when all are acknowledged. */
  void insertSome(Worker worker, Table counters, int atMost) throws InterruptedException {
    var unanswered = new ArrayDeque<CompletableFuture<PushReceipt>>();
    long[] batch = new long[settings.batch()];
    for (int count, batches = 0; batches < atMost && (count = items.next(batch)) > 0; ) {
      var counts = Counts.of(settings.sketch(), batch, count);
      if (unanswered.size() == settings.inFlight()) {
        await(unanswered.remove());
      }
      int done = count;
      unanswered.add(
          counters
              .push(counts.cells(), counts.amounts())
              .whenComplete(
                  (receipt, error) -> {
                    if (error == null) {
                      tally.acknowledged(done, counts.cells().length);
                    }
                  }));
      behind += count;
      if (++batches % settings.life().saveEvery() == 0) {
        var unused = worker.tick(encode(behind));
      }
    }
    while (!unanswered.isEmpty()) {
      await(unanswered.remove());
    }
  }

  private byte[] encode(long done) {
    return ByteBuffer.allocate(2 * Long.BYTES).putLong(done).putLong(shape()).array();
  }

  /** Other batches would be other pushes under the seqs of before. */
  private long decode(byte[] state) {
    var in = ByteBuffer.wrap(state);
    if (state.length != 2 * Long.BYTES || in.getLong(Long.BYTES) != shape()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot resume: the saved state is of another run; --workers, --batch, --epsilon, --delta"
              + " and --seed must be those of the run that is resumed");
    }
    return in.getLong(0);
  }

  private long shape() {
    long batches = 31L * settings.sketch().hashCode() + settings.batch();
    return settings.life().run() + 31L * batches + settings.workers();
  }

  private static <T> T await(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HoldfastException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
