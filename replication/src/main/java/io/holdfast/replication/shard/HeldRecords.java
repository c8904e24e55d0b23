package io.holdfast.replication.shard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The pushes that a captured range held, as an object of a snapshot has them: of each its length
 * (u32, little-endian), then the record as copies of ranges carry it.
 */
public final class HeldRecords {
  /** Bytes before each record. */
  public static final int LENGTH_BYTES = Integer.BYTES;

  private HeldRecords() {}

  /**
   * @param range of whose log the records are to become
   * @throws IllegalArgumentException where the bytes are no such object
   */
  static List<HeldPush> read(int range, ByteBuffer object) {
    var bytes = object.slice().order(ByteOrder.LITTLE_ENDIAN);
    var held = new ArrayList<HeldPush>();
    while (bytes.hasRemaining()) {
      int length = bytes.remaining() < LENGTH_BYTES ? -1 : bytes.getInt();
      if (length < CopySender.HELD_HEAD_BYTES || length > bytes.remaining()) {
        throw new IllegalArgumentException(
            "held records of range " + Integer.toUnsignedString(range) + " are cut off or damaged");
      }
      var record = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      var header = CopySender.decodeHead(range, record);
      held.add(new HeldPush(header, record.slice().order(ByteOrder.LITTLE_ENDIAN)));
      bytes.position(bytes.position() + length);
    }
    return held;
  }
}
