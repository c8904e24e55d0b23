package io.holdfast.filter;

/** float32 to the two formats of 16 bits and back. */
final class HalfFloats {
  private static final int LARGEST_HALF = 0x7bff;
  private static final int QUIET = 0x0040;

  private HalfFloats() {}

  /** Rounds to nearest, ties to even. A NaN stays one, an infinity stays itself. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fff_ffff) > 0x7f80_0000) {
      return (short) ((bits >>> 16) | QUIET); // else a NaN of low bits alone would be an infinity
    }
    if ((bits & 0x7fff_ffff) >= 0x7f7f_8000 && (bits & 0x7f80_0000) != 0x7f80_0000) {
      return (short) ((bits >>> 16 & 0x8000) | 0x7f7f); // would round to an infinity
    }
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  static float fromBfloat16(short half) {
    return Float.intBitsToFloat(half << 16);
  }

  /** Rounds to nearest, ties to even; finite values stay finite. */
  static short toFloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7fff_ffff;
    if (magnitude >= 0x7f80_0000) {
      return (short) (sign | 0x7c00 | (magnitude > 0x7f80_0000 ? 0x0200 : 0));
    }
    if (magnitude >= 0x477f_e000) { // 65,504
      return (short) (sign | LARGEST_HALF);
    }
    if (magnitude < 0x3880_0000) { // below 2^-14: a multiple of 2^-24
      if (magnitude <= 0x3300_0000) {
        return (short) sign; // at most half of 2^-24
      }
      int exponent = magnitude >>> 23;
      int shift = 126 - exponent;
      int fraction = (magnitude & 0x007f_ffff) | 0x0080_0000;
      return (short) (sign | roundShift(fraction, shift));
    }
    return (short) (sign | roundShift(magnitude - 0x3800_0000, 13));
  }

  // A carry out of the fraction goes into the exponent, as it should.
  private static int roundShift(int value, int shift) {
    int kept = value >>> shift;
    int rest = value & ((1 << shift) - 1);
    int half = 1 << (shift - 1);
    return rest > half || (rest == half && (kept & 1) == 1) ? kept + 1 : kept;
  }

  static float fromFloat16(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >>> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f80_0000 | fraction << 13);
    }
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }
}
