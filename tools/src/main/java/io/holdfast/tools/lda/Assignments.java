package io.holdfast.tools.lda;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The topics of a worker's tokens after a step, with those that the step's tokens had before it:
 * what a worker saves. The difference is what the step pushes, so a worker that comes back makes
 * the same push again.
 */
final class Assignments {
  private static final byte FORMAT = 2;
  private static final int HEADER_BYTES = 1 + 4 + 4 + 4 + 4;

  private final short[] topics;
  private short[] before = new short[0];
  private int step;
  private int savedAt;

  private Assignments(short[] topics) {
    this.topics = topics;
  }

  /** Draws every token's topic at random; step 0. */
  static Assignments random(int tokens, int topicCount, SplittableRandom random) {
    var drawn = new short[tokens];
    for (int i = 0; i < tokens; i++) {
      drawn[i] = (short) random.nextInt(topicCount);
    }
    return new Assignments(drawn);
  }

  /** {@code short[tokens]}, to be changed in place between {@link #begin} and the end of a step. */
  short[] topics() {
    return topics;
  }

  /** Steps done; 0: the topics are the first. */
  int step() {
    return step;
  }

  /** What the step's tokens had before it, from its first token on. Empty in step 0. */
  short[] before() {
    return before;
  }

  /** Clocks that the worker had finished with the state that this was decoded from. */
  int savedAt() {
    return savedAt;
  }

  /** What the step has changed is in the tables, and not to be pushed again. */
  void pushed(int from, int to) {
    before = java.util.Arrays.copyOfRange(topics, from, to);
  }

  /** Begins the next step, which changes tokens {@code [from, to)}. */
  void begin(int from, int to) {
    step++;
    before = java.util.Arrays.copyOfRange(topics, from, to);
  }

  /**
   * Packs each topic in as few bits as all of them need.
   *
   * @param clock clocks that the worker has finished when this is saved
   */
  byte[] encode(int shape, int topicCount, int clock) {
    int bits = bits(topicCount);
    var packed = new byte[HEADER_BYTES + bytes(topics.length, bits) + bytes(before.length, bits)];
    var header = ByteBuffer.wrap(packed);
    header.put(FORMAT).putInt(shape).putInt(step).putInt(clock).putInt(before.length);
    pack(topics, bits, packed, HEADER_BYTES);
    pack(before, bits, packed, HEADER_BYTES + bytes(topics.length, bits));
    return packed;
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT where the state is another run's
   */
  static Assignments decode(byte[] state, int shape, int tokens, int topicCount) {
    int bits = bits(topicCount);
    var header = ByteBuffer.wrap(state);
    if (state.length < HEADER_BYTES || header.get() != FORMAT || header.getInt() != shape) {
      throw differs();
    }
    int step = header.getInt();
    int clock = header.getInt();
    int stepTokens = header.getInt();
    if (stepTokens < 0
        || stepTokens > tokens
        || state.length != HEADER_BYTES + bytes(tokens, bits) + bytes(stepTokens, bits)) {
      throw differs();
    }
    var decoded = new Assignments(unpack(state, HEADER_BYTES, tokens, bits));
    decoded.before = unpack(state, HEADER_BYTES + bytes(tokens, bits), stepTokens, bits);
    decoded.step = step;
    decoded.savedAt = clock;
    return decoded;
  }

  private static HoldfastException differs() {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "cannot resume: the documents, --topics, --workers, --blocks and --seed must be those of the"
            + " run that is resumed");
  }

  private static int bits(int topicCount) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(topicCount - 1);
  }

  private static int bytes(int tokens, int bits) {
    return Math.toIntExact(((long) tokens * bits + 7) / 8);
  }

  private static void pack(short[] values, int bits, byte[] into, int at) {
    long position = 0;
    for (short value : values) {
      for (int bit = 0; bit < bits; bit++, position++) {
        int one = value >> bit & 1;
        into[at + (int) (position >> 3)] |= (byte) (one << (position & 7));
      }
    }
  }

  private static short[] unpack(byte[] from, int at, int count, int bits) {
    var values = new short[count];
    long position = 0;
    for (int i = 0; i < count; i++) {
      int value = 0;
      for (int bit = 0; bit < bits; bit++, position++) {
        value |= (from[at + (int) (position >> 3)] >> (position & 7) & 1) << bit;
      }
      values[i] = (short) value;
    }
    return values;
  }
}
