package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Skips each row of a push with a probability (Li et al., OSDI '14, section 3.6, "random skip").
 * What is skipped is carried and added to the next push of its key, so that nothing is lost and no
 * row has to be scaled up for the others: the sum of what arrives is the sum of what was pushed.
 *
 * @param probability of a row to be skipped, 0 to less than 1
 * @param seed of the choice; each worker mixes its rank in
 */
public record RandomSkip(double probability, long seed) implements PushFilter {
  public RandomSkip {
    if (!(probability >= 0 && probability < 1)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "the probability of skip must be from 0 to less than 1, not " + probability);
    }
  }

  @Override
  public String description() {
    return "skip:" + probability + (seed == 0 ? "" : ":" + seed);
  }

  @Override
  public Stage open(int width, int rank) {
    return new Draws(rank);
  }

  private final class Draws implements Stage {
    private final SmallRandom random;

    Draws(int rank) {
      this.random = new SmallRandom(seed * 31 + rank);
    }

    @Override
    public void push(PushedRows rows) {
      for (int row = 0; row < rows.count(); row++) {
        if (random.nextDouble() < probability) {
          rows.hold(row);
        }
      }
    }

    @Override
    public byte[] state() {
      return ByteBuffer.allocate(Long.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(random.state())
          .array();
    }

    @Override
    public void resume(byte[] state) {
      random.state(ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
  }
}
