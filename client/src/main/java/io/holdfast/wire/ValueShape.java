package io.holdfast.wire;

import io.holdfast.filter.Compression;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;

/**
 * How values stand in a frame, or are wanted in one.
 *
 * @param format number of a {@link NumberFormat}
 * @param compression number of a {@link Compression}
 * @param masked whether a bit for each row comes first, and rows without it are left out
 * @param plainLength bytes before compression, unsigned; 0 where there is none
 */
public record ValueShape(int format, int compression, boolean masked, int plainLength) {
  /** As they are. */
  public static final ValueShape PLAIN = new ValueShape(0, 0, false, 0);

  // Field numbers, the same in Push, Pull and Pulled.
  static final int FORMAT = 10;
  static final int COMPRESSION = 11;
  static final int MASK = 13;
  static final int PLAIN_LENGTH = 14;

  private static final NumberFormat[] FORMATS = NumberFormat.values();
  private static final Compression[] COMPRESSIONS = Compression.values();

  /** What a pull asks for. */
  public static ValueShape wanted(Encoding encoding) {
    return of(encoding.format(), encoding.compression(), encoding.skipZeroRows(), 0);
  }

  static ValueShape of(
      NumberFormat format, Compression compression, boolean masked, int plainLength) {
    return new ValueShape(format.number(), compression.number(), masked, plainLength);
  }

  /**
   * The number format.
   *
   * @throws HoldfastException INVALID_ARGUMENT for one that this side does not know
   */
  public NumberFormat numberFormat() {
    for (var known : FORMATS) {
      if (known.number() == format) {
        return known;
      }
    }
    throw unknown("number format", format);
  }

  /**
   * The compression.
   *
   * @throws HoldfastException INVALID_ARGUMENT for one that this side does not know
   */
  public Compression compressedBy() {
    for (var known : COMPRESSIONS) {
      if (known.number() == compression) {
        return known;
      }
    }
    throw unknown("compression", compression);
  }

  /** Whether the values are as they are. */
  public boolean isPlain() {
    return equals(PLAIN);
  }

  /**
   * As an encoding to answer with.
   *
   * @throws HoldfastException INVALID_ARGUMENT for what this side does not know
   */
  public Encoding encoding() {
    return new Encoding(numberFormat(), compressedBy(), false, masked);
  }

  int size() {
    return FrameWriter.fieldSize(format)
        + FrameWriter.fieldSize(compression)
        + FrameWriter.fieldSize(masked)
        + FrameWriter.fieldSize(plainLength);
  }

  void write(FrameWriter writer) throws IOException {
    writer.field(FORMAT, format);
    writer.field(COMPRESSION, compression);
    writer.field(MASK, masked);
    writer.field(PLAIN_LENGTH, plainLength);
  }

  private static HoldfastException unknown(String what, int number) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "this side knows no "
            + what
            + " of number "
            + Integer.toUnsignedString(number)
            + ": use one of docs/wire-protocol.md, or a newer release here");
  }
}
