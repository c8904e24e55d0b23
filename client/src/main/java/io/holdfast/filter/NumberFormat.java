package io.holdfast.filter;

/**
 * How a value is written on the wire. All but {@link #PLAIN} lose precision and are for float32
 * tables alone.
 */
public enum NumberFormat {
  /** The table's element as it is. */
  PLAIN(0),
  /** bfloat16: the range of float32, 8 bits of precision; rounds to nearest, ties to even. */
  BFLOAT16(1),
  /**
   * IEEE 754 half precision: 11 bits of precision between 2^-14 and 65,504; rounds to nearest, ties
   * to even. A finite value beyond 65,504 becomes 65,504 with its sign.
   */
  FLOAT16(2),
  /**
   * One byte for a value and a float32 scale for a block of them (see {@link RowCodec}), rounded at
   * random so that the expected value is the value. Infinities become NaN.
   */
  INT8(3);

  private final int number;

  NumberFormat(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }
}
