package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.NanPolicy;
import java.nio.ByteBuffer;

/** Holds pushed float32 values to the table's policy for NaN and infinity (rule P4). */
final class ValueCheck {
  private static final int EXPONENT = 0x7f80_0000;

  private ValueCheck() {}

  /**
   * Checks, or mends in place, {@code length} bytes from {@code at} on.
   *
   * @param rowBytes bytes of a row, to say which key was wrong
   * @throws HoldfastException NOT_A_NUMBER under {@link NanPolicy#REFUSE}
   */
  static void apply(NanPolicy policy, ByteBuffer values, int at, int length, int rowBytes) {
    if (policy == NanPolicy.ALLOW || !holdsNonFinite(values, at, length)) {
      return;
    }
    for (int i = at; i < at + length; i += Float.BYTES) {
      if ((values.getInt(i) & EXPONENT) == EXPONENT) {
        if (policy == NanPolicy.REFUSE) {
          throw new HoldfastException(
              ErrorCode.NOT_A_NUMBER,
              "value "
                  + Float.intBitsToFloat(values.getInt(i))
                  + " in row "
                  + (i - at) / rowBytes
                  + ", column "
                  + (i - at) % rowBytes / Float.BYTES
                  + " of the push: mend the gradient, or make the table with another policy for NaN");
        }
        values.putInt(i, 0);
      }
    }
  }

  /** One pass without a branch per value, so that it runs at the speed of memory. */
  private static boolean holdsNonFinite(ByteBuffer values, int at, int length) {
    int end = at + length;
    for (int i = at; i < end; ) {
      int stop = Math.min(end, i + 4096);
      int found = 0;
      for (; i < stop; i += Float.BYTES) {
        // All-ones exponent: adding one at its lowest bit carries into the sign bit of the masked
        // value.
        found |= (values.getInt(i) & EXPONENT) + 0x0080_0000;
      }
      if (found < 0) {
        return true;
      }
    }
    return false;
  }
}
