package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a worker stands in its data: the state that it saves with its clock. 24 bytes, three
 * little-endian int64.
 *
 * @param batches mini-batches done, over all passes
 * @param batchesPerPass of the run that saved it
 * @param order what decides the order of the examples: a mix of seed, batch and group size
 */
record Position(long batches, long batchesPerPass, long order) {
  static final Position START = new Position(0, 0, 0);
  private static final int BYTES = 3 * Long.BYTES;

  static Position after(long batches, LrSettings settings, Stripe stripe) {
    return after(batches, settings, stripe.batchesPerPass());
  }

  static Position after(long batches, LrSettings settings, long batchesPerPass) {
    return new Position(batches, batchesPerPass, order(settings));
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(batches)
        .putLong(batchesPerPass)
        .putLong(order)
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
   * Refuses to go on with other examples or another order: the pushes since would not be the same,
   * and some of them would be taken for duplicates.
   */
  Position checkedAgainst(LrSettings settings, Stripe stripe) {
    return checkedAgainst(settings, stripe.batchesPerPass());
  }

  Position checkedAgainst(LrSettings settings, long batchesPerPassNow) {
    if (batchesPerPass != batchesPerPassNow || order != order(settings)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot resume: data, --workers, --batch, --tick-every, --same-batches and --seed must be"
              + " those of the run that is resumed");
    }
    return this;
  }

  private static long order(LrSettings settings) {
    long mixed = settings.seed();
    mixed = mixed * 1_000_003 + settings.batch();
    mixed = mixed * 1_000_003 + settings.pieces();
    mixed = mixed * 1_000_003 + settings.tickEvery();
    return settings.traffic().sameBatches() ? ~mixed : mixed;
  }
}
