package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.job.RunLife;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a worker stands in its data: the state that it saves with its clock. 24 bytes, three
 * little-endian int64.
 *
 * @param batches mini-batches done, over all passes
 * @param batchesPerPass of the run that saved it
 * @param run the number of that run
 */
record Position(long batches, long batchesPerPass, long run) {
  private static final int BYTES = 3 * Long.BYTES;

  static Position after(long batches, LrSettings settings, Stripe stripe) {
    return after(batches, settings, stripe.batchesPerPass());
  }

  static Position after(long batches, LrSettings settings, long batchesPerPass) {
    return new Position(batches, batchesPerPass, settings.life().run());
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(batches)
        .putLong(batchesPerPass)
        .putLong(run)
        .array();
  }

  static Position decode(byte[] state) {
    if (state.length != BYTES) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "the job's saved state is not of this training job; use another --job");
    }
    ByteBuffer in = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    return new Position(in.getLong(), in.getLong(), in.getLong());
  }

  /**
   * Refuses the state of another run, and to go on with other examples: the pushes since would not
   * be the same, and some of them would be taken for duplicates. What else decides a run, its
   * journal has.
   */
  Position checkedAgainst(LrSettings settings, Stripe stripe) {
    return checkedAgainst(settings, stripe.batchesPerPass());
  }

  Position checkedAgainst(LrSettings settings, long batchesPerPassNow) {
    if (run != settings.life().run()) {
      throw RunLife.otherRun();
    }
    if (batchesPerPass != batchesPerPassNow) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot resume: "
              + batchesPerPass
              + " mini-batches were a pass of this worker, now "
              + batchesPerPassNow
              + " are; data, --workers and --batch must be those of the run that is resumed");
    }
    return this;
  }
}
