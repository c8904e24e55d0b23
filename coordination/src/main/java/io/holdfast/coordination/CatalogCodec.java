package io.holdfast.coordination;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** What is in a node of ZooKeeper: a protobuf message, in zlib's format. */
final class CatalogCodec {
  private CatalogCodec() {}

  static byte[] write(MessageLite message) {
    var out = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(out)) {
      message.writeTo(deflater);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * @throws HoldfastException STORE_FAILED where it is no such message
   */
  static <T> T read(String path, byte[] bytes, Parser<T> parser) {
    try (var inflater = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
      return parser.parseFrom(inflater);
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED,
          "ZooKeeper's "
              + path
              + " is not Holdfast's: "
              + e.getMessage()
              + "; use another cluster name",
          e);
    }
  }
}
