package io.holdfast.replication.shard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A job's work queues by name, on its home range. */
final class WorkQueues {
  private final TreeMap<String, WorkQueue> queues = new TreeMap<>();

  @Nullable WorkQueue of(String name) {
    return queues.get(name);
  }

  Map<String, WorkQueue> all() {
    return Collections.unmodifiableMap(queues);
  }

  /** Applies a record of a worker that opens a queue, which makes the queue if need be. */
  void open(WorkPayload.Open open, int rank, int incarnation) {
    queues
        .computeIfAbsent(open.queue(), name -> new WorkQueue(open.shards(), open.passes()))
        .open(rank, incarnation, open.resumes());
  }

  /** Applies a take. */
  void take(String name, int rank, long take) {
    var queue = queues.get(name);
    if (queue != null) {
      queue.take(rank, take);
    }
  }

  /** Applies what was saved with a worker's state. */
  void save(WorkPayload.Saved saved, int rank) {
    for (var progress : saved.progress()) {
      var queue = queues.get(progress.queue());
      if (queue != null) {
        queue.save(rank, progress.takes(), progress.done());
      }
    }
  }

  /** The worker has left the group. */
  void left(int rank) {
    queues.values().forEach(queue -> queue.left(rank));
  }

  int encodedBytes() {
    int bytes = 4;
    for (var entry : queues.entrySet()) {
      bytes += 2 + name(entry.getKey()).length + entry.getValue().encodedBytes();
    }
    return bytes;
  }

  /** In the order of names, so that equal queues give equal bytes. */
  void write(ByteBuffer target) {
    target.putInt(queues.size());
    queues.forEach(
        (name, queue) -> {
          byte[] bytes = name(name);
          target.putShort((short) bytes.length).put(bytes);
          queue.write(target);
        });
  }

  static WorkQueues read(ByteBuffer source) {
    var queues = new WorkQueues();
    for (int left = source.getInt(); left > 0; left--) {
      byte[] name = new byte[Short.toUnsignedInt(source.getShort())];
      source.get(name);
      queues.queues.put(new String(name, StandardCharsets.UTF_8), WorkQueue.read(source));
    }
    return queues;
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
