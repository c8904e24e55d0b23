package io.holdfast.tools.bench;

import io.holdfast.store.log.LogKind;
import io.holdfast.store.log.LogOptions;
import io.holdfast.store.log.Logs;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.store.log.ShardLog;
import io.holdfast.tools.command.Directories;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * What the machine can do at most, measured in the same run; bytes in a second, 10^9 each.
 *
 * @param memoryCopyGigabytesPerSecond one thread, arrays larger than the caches, bytes copied
 * @param loopbackGigabytesPerSecond one plain TCP connection, a thread that writes and one that
 *     reads
 * @param logAppendGigabytesPerSecond records of 64 KiB into the log, synced in the background every
 *     50 ms
 * @param logSyncedGigabytesPerSecond the same, with a sync after each 1 MiB
 */
record MachineLimits(
    double memoryCopyGigabytesPerSecond,
    double loopbackGigabytesPerSecond,
    double logAppendGigabytesPerSecond,
    double logSyncedGigabytesPerSecond) {
  private static final int RECORD_BYTES = 64 << 10;
  private static final int RECORDS_PER_SYNC = 16;

  /** What a server does for tables of MEMORY durability, unless told otherwise. */
  private static final long IDLE_SYNC_NANOS = 50_000_000;

  /** Blocks for about four times the seconds. */
  static MachineLimits measure(double seconds, LogKind log) throws IOException {
    return new MachineLimits(
        memoryCopy(seconds),
        loopback(seconds),
        logRate(seconds, log, false),
        logRate(seconds, log, true));
  }

  private static double memoryCopy(double seconds) {
    float[] from = new float[32 << 20];
    float[] to = new float[from.length];
    java.util.Arrays.fill(from, 1);
    java.util.Arrays.fill(to, 2);
    long begin = System.nanoTime();
    long bytes = 0;
    while (secondsSince(begin) < seconds) {
      System.arraycopy(from, 0, to, 0, from.length);
      bytes += 4L * from.length;
    }
    return bytes / secondsSince(begin) / 1e9;
  }

  private static double loopback(double seconds) throws IOException {
    try (var listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (var writer = SocketChannel.open(listener.getLocalAddress());
          var reader = listener.accept()) {
        var received = CompletableFuture.supplyAsync(() -> readAll(reader));
        var buffer = ByteBuffer.allocateDirect(1 << 20);
        long begin = System.nanoTime();
        while (secondsSince(begin) < seconds) {
          writer.write(buffer.clear());
        }
        writer.shutdownOutput();
        long bytes = received.join();
        return bytes / secondsSince(begin) / 1e9;
      }
    }
  }

  private static long readAll(SocketChannel reader) {
    var buffer = ByteBuffer.allocateDirect(1 << 20);
    long total = 0;
    try {
      for (int read = 0; read >= 0; read = reader.read(buffer.clear())) {
        total += read;
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return total;
  }

  private static double logRate(double seconds, LogKind kind, boolean synced) throws IOException {
    Path directory = Files.createTempDirectory("holdfast-bench-log-");
    try (ShardLog log = Logs.open(LogOptions.of(kind, directory.resolve("log"), 0))) {
      // First until files are written again that were released: new blocks of a disk are slow to
      // come by, and a log that has been in use needs none.
      appendInBackground(log, seconds);
      return synced ? appendSynced(log, seconds) : appendInBackground(log, seconds);
    } finally {
      Directories.delete(directory);
    }
  }

  private static double appendSynced(ShardLog log, double seconds) {
    long begin = System.nanoTime();
    long bytes = 0;
    while (secondsSince(begin) < seconds) {
      for (int i = 0; i < RECORDS_PER_SYNC; i++) {
        bytes += append(log);
      }
      log.release(log.sync());
    }
    return bytes / secondsSince(begin) / 1e9;
  }

  private static double appendInBackground(ShardLog log, double seconds) {
    var done = new AtomicBoolean();
    var syncing =
        CompletableFuture.runAsync(
            () -> {
              while (!done.get()) {
                log.sync();
                LockSupport.parkNanos(IDLE_SYNC_NANOS);
              }
            });
    try {
      long begin = System.nanoTime();
      long bytes = 0;
      while (secondsSince(begin) < seconds && !syncing.isDone()) {
        bytes += append(log);
        log.release(log.durableIndex());
      }
      return bytes / secondsSince(begin) / 1e9;
    } finally {
      done.set(true);
      syncing.join();
    }
  }

  private static int append(ShardLog log) {
    var room = log.reserve(RECORD_BYTES);
    var payload = room.payload();
    for (int at = 0; at < RECORD_BYTES; at += Long.BYTES) {
      payload.putLong(at, at);
    }
    long lsn = log.lastIndex() + 1;
    var unused =
        room.append(new RecordHeader((byte) 1, (byte) 0, 1, 1, lsn, 0, 1, lsn, 0), RECORD_BYTES);
    return RECORD_BYTES;
  }

  private static double secondsSince(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  String text() {
    return String.format(
        "machine limits: memory copy %.1f GB/s, loopback TCP %.1f GB/s, log append %.2f GB/s, synced each MiB %.2f GB/s",
        memoryCopyGigabytesPerSecond,
        loopbackGigabytesPerSecond,
        logAppendGigabytesPerSecond,
        logSyncedGigabytesPerSecond);
  }
}
