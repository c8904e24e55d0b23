package io.holdfast.filter;

/**
 * How the keys and values of pushes, or of the answers to pulls, travel.
 *
 * @param format of the values; only {@link NumberFormat#PLAIN} for int64 tables
 * @param compression of the values' bytes, as far as it makes them smaller
 * @param cacheKeys sends a digest of 8 bytes in place of a list of keys that the stream has sent to
 *     the range before; a server that has forgotten the list is sent it again
 * @param skipZeroRows sends one bit for a row and leaves out the rows whose bits are all zero. A
 *     row with a -0.0 is sent.
 */
public record Encoding(
    NumberFormat format, Compression compression, boolean cacheKeys, boolean skipZeroRows) {
  /** Everything as it is. */
  public static final Encoding PLAIN =
      new Encoding(NumberFormat.PLAIN, Compression.NONE, false, false);

  /** The same with another number format. */
  public Encoding withFormat(NumberFormat changed) {
    return new Encoding(changed, compression, cacheKeys, skipZeroRows);
  }

  /** The same with another compression. */
  public Encoding withCompression(Compression changed) {
    return new Encoding(format, changed, cacheKeys, skipZeroRows);
  }

  /** The same with key lists cached or not. */
  public Encoding withCacheKeys(boolean changed) {
    return new Encoding(format, compression, changed, skipZeroRows);
  }

  /** The same with zero rows left out or not. */
  public Encoding withSkipZeroRows(boolean changed) {
    return new Encoding(format, compression, cacheKeys, changed);
  }

  /** Whether values travel as the table has them. */
  public boolean isPlainValues() {
    return format == NumberFormat.PLAIN && compression == Compression.NONE && !skipZeroRows;
  }
}
