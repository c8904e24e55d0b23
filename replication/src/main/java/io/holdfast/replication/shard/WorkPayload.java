package io.holdfast.replication.shard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Payloads of the records about work queues; little-endian, docs/storage-format.md. */
final class WorkPayload {
  private WorkPayload() {}

  /** A worker opens a queue. */
  record Open(String queue, int shards, int passes, boolean resumes) {
    byte[] encode() {
      byte[] name = queue.getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(1 + 4 + 4 + name.length)
          .order(ByteOrder.LITTLE_ENDIAN)
          .put((byte) (resumes ? 1 : 0))
          .putInt(shards)
          .putInt(passes)
          .put(name)
          .array();
    }

    static Open decode(ByteBuffer payload) {
      var bytes = payload.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0);
      boolean resumes = bytes.get() != 0;
      int shards = bytes.getInt();
      int passes = bytes.getInt();
      return new Open(rest(bytes), shards, passes, resumes);
    }
  }

  /** What is done of one queue as of a saved state. */
  record Progress(String queue, long takes, long[] done) {}

  /** A state, and what is done as of it. */
  record Saved(List<Progress> progress, byte[] state) {
    byte[] encode() {
      int length = 4 + state.length;
      for (var each : progress) {
        length += 2 + name(each).length + 8 + 4 + 8 * each.done().length;
      }
      var bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putInt(progress.size());
      for (var each : progress) {
        byte[] name = name(each);
        bytes.putShort((short) name.length).put(name).putLong(each.takes());
        bytes.putInt(each.done().length);
        for (long item : each.done()) {
          bytes.putLong(item);
        }
      }
      return bytes.put(state).array();
    }

    static Saved decode(ByteBuffer payload) {
      var bytes = payload.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(0);
      var progress = new ArrayList<Progress>();
      for (int left = bytes.getInt(); left > 0; left--) {
        byte[] name = new byte[Short.toUnsignedInt(bytes.getShort())];
        bytes.get(name);
        long takes = bytes.getLong();
        long[] done = new long[bytes.getInt()];
        for (int i = 0; i < done.length; i++) {
          done[i] = bytes.getLong();
        }
        progress.add(new Progress(new String(name, StandardCharsets.UTF_8), takes, done));
      }
      byte[] state = new byte[bytes.remaining()];
      bytes.get(state);
      return new Saved(progress, state);
    }

    private static byte[] name(Progress progress) {
      return progress.queue().getBytes(StandardCharsets.UTF_8);
    }
  }

  /** The name alone: a take, whose number is the record's seq. */
  static byte[] take(String queue) {
    return queue.getBytes(StandardCharsets.UTF_8);
  }

  static String taken(ByteBuffer payload) {
    return rest(payload.duplicate().position(0));
  }

  private static String rest(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }
}
