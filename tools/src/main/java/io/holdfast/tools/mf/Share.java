package io.holdfast.tools.mf;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.job.RunLife;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * One worker's ratings, every n-th, cut into batches. The same settings and ratings give the same
 * batches, so a worker that comes back pushes the same keys again. Not for several threads.
 */
final class Share {
  private static final RatingBatch EMPTY = RatingBatch.of(Ratings.NONE);
  private static final int STATE_BYTES = 2 * Long.BYTES;

  private final MfSettings settings;
  private final Ratings all;
  private final int rank;
  private final int batchesPerPass;
  private final int[] mine;
  private int[] order;
  private long orderedPass = -1;

  Share(MfSettings settings, Ratings all, int rank) {
    this.settings = settings;
    this.all = all;
    this.rank = rank;
    this.batchesPerPass = settings.batchesPerPass(all.count());
    int count = (all.count() - rank + settings.workers() - 1) / settings.workers();
    this.mine = new int[Math.max(0, count)];
    for (int i = 0; i < mine.length; i++) {
      mine[i] = rank + i * settings.workers();
    }
    this.order = mine;
  }

  int batchesPerPass() {
    return batchesPerPass;
  }

  /** Batches of all passes. */
  long batches() {
    return (long) settings.passes() * batchesPerPass;
  }

  /** A batch by its number over all passes; empty after the last and where a pass is padded. */
  RatingBatch batch(long number) {
    int from = Math.toIntExact(number % batchesPerPass) * settings.batch();
    if (number >= batches() || from >= mine.length) {
      return EMPTY;
    }
    order(number / batchesPerPass);
    return new RatingBatch(all, order, from, Math.min(from + settings.batch(), mine.length));
  }

  private void order(long pass) {
    if (settings.sameBatches() || pass == orderedPass) {
      return;
    }
    orderedPass = pass;
    var random = new SplittableRandom(settings.seed() + (pass << 32) + rank);
    int[] drawn = Ratings.order(mine.length, random);
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = mine[drawn[i]];
    }
    order = drawn;
  }

  /** What is saved with the clock: batches done and the run, two little-endian int64. */
  byte[] state(long batchesDone) {
    return ByteBuffer.allocate(STATE_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(batchesDone)
        .putLong(settings.life().run())
        .array();
  }

  /**
   * Batches done when the state was saved.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it is of another run
   */
  long done(byte[] state) {
    ByteBuffer in = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    if (state.length != STATE_BYTES || in.getLong(Long.BYTES) != settings.life().run()) {
      throw RunLife.otherRun();
    }
    return in.getLong(0);
  }
}
