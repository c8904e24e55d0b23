package io.holdfast.wire;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.holdfast.filter.Compression;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/** Compresses and decompresses within arrays of the caller's. */
final class Packing {
  // Values are compressed on the way of every push and pull: speed counts for more than the rest.
  private static final int ZSTD_LEVEL = 1;

  /** Loads LZ4's native code when it is first used. */
  private static final class Lz4 {
    static final LZ4Factory FACTORY = LZ4Factory.fastestInstance();
  }

  private Packing() {}

  /** The largest result for so many bytes. */
  static int bound(Compression compression, int length) {
    return switch (compression) {
      case NONE -> 0;
      case LZ4 -> Lz4.FACTORY.fastCompressor().maxCompressedLength(length);
      case ZSTD -> Math.toIntExact(Zstd.compressBound(length));
    };
  }

  /** Compresses {@code [0, length)}; returns the bytes written from 0 on. */
  static int pack(Compression compression, byte[] source, int length, byte[] target) {
    return switch (compression) {
      case NONE -> throw new IllegalArgumentException("nothing to do");
      case LZ4 ->
          Lz4.FACTORY.fastCompressor().compress(source, 0, length, target, 0, target.length);
      case ZSTD ->
          (int) Zstd.compressByteArray(target, 0, target.length, source, 0, length, ZSTD_LEVEL);
    };
  }

  /**
   * Decompresses {@code [0, length)} to exactly {@code plainLength} bytes.
   *
   * @throws io.holdfast.model.HoldfastException MALFORMED_FRAME where it is something else
   */
  static void unpack(
      Compression compression, byte[] source, int length, byte[] target, int plainLength) {
    long unpacked;
    try {
      unpacked =
          switch (compression) {
            case NONE -> throw new IllegalArgumentException("nothing to do");
            case LZ4 ->
                Lz4.FACTORY
                    .safeDecompressor()
                    .decompress(source, 0, length, target, 0, plainLength);
            case ZSTD -> Zstd.decompressByteArray(target, 0, plainLength, source, 0, length);
          };
    } catch (LZ4Exception | ZstdException e) {
      throw InboundFrame.malformed("values that cannot be decompressed: " + e.getMessage());
    }
    if (unpacked != plainLength) {
      throw InboundFrame.malformed(
          "values that cannot be decompressed to the "
              + plainLength
              + " bytes that the frame names but to "
              + unpacked);
    }
  }
}
