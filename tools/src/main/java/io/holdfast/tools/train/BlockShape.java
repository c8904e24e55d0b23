package io.holdfast.tools.train;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.job.RunLife;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What the iterations of a worker depend on beside their number: the state that it saves. 24 bytes,
 * three little-endian int64.
 *
 * @param run its number
 * @param order what decides blocks and their order: a mix of seed, blocks, delay and group size
 * @param keys a mix of the keys of the worker's features
 */
record BlockShape(long run, long order, long keys) {
  private static final int BYTES = 3 * Long.BYTES;

  static BlockShape of(LrSettings settings, BlockSettings blocks, BlockPart part) {
    long order = settings.seed();
    order = order * 1_000_003 + blocks.blocks();
    order = order * 1_000_003 + blocks.delay();
    order = order * 1_000_003 + settings.workers();
    return new BlockShape(settings.life().run(), order, Arrays.hashCode(part.keys()));
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(run)
        .putLong(order)
        .putLong(keys)
        .array();
  }

  /**
   * Refuses to go on with other blocks: the pushes since would not be of the same keys.
   *
   * @throws HoldfastException INVALID_ARGUMENT where another shape was saved
   */
  void mustBe(byte[] saved) {
    if (saved.length == BYTES
        && ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN).getLong() != run) {
      throw RunLife.otherRun();
    }
    if (!Arrays.equals(saved, encode())) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot resume: --algorithm, data, --workers, --blocks, --delay and --seed must be those"
              + " of the run that is resumed; or use another --job");
    }
  }
}
