package io.holdfast.filter;

/**
 * How a value is written on the wire. The numbers of docs/wire-protocol.md are the ordinals. All
 * but {@link #PLAIN} lose precision and are for float32 tables alone.
 */
public enum NumberFormat {
  /** The table's element as it is. */
  PLAIN,
  /** bfloat16: the range of float32, 8 bits of precision; rounds to nearest, ties to even. */
  BFLOAT16,
  /**
   * IEEE 754 half precision: 11 bits of precision between 2^-14 and 65,504; rounds to nearest, ties
   * to even. A finite value beyond 65,504 becomes 65,504 with its sign.
   */
  FLOAT16,
  /**
   * One byte for a value and a float32 scale for a block of them (see {@link RowCodec}), rounded at
   * random so that the expected value is the value. Infinities become NaN.
   */
  INT8
}
