package io.holdfast.replication.shard;

import io.holdfast.model.HoldfastException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.ShardLog;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.StoreException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a log in stretches, each twice: first to learn which rows it writes to, so that all of
 * them come into the cache by one pass over the stored rows; then to apply it. Reading them push by
 * push instead is a random read for each row, which after a crash, with nothing of the database in
 * memory, took 25 times as long as the pass.
 */
final class Replay {
  private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

  private final ShardLog log;
  private final Map<Integer, RangeReplica> replicas;
  private final Map<RangeReplica, Keys> wanted = new HashMap<>();

  /** Rows and keys of a stretch take no more than half of the cache, and a sixteenth of it. */
  private final long maxPayloadBytes;

  private final long maxKeys;
  private long payloadBytes;
  private long keys;
  private long end;

  Replay(ShardLog log, Map<Integer, RangeReplica> replicas, long cacheBytes) {
    this.log = log;
    this.replicas = replicas;
    this.maxPayloadBytes = cacheBytes / 2;
    this.maxKeys = cacheBytes / 16 / Long.BYTES;
  }

  /** Hands all records from an index on, in order, to {@code visitor}. Blocks. */
  void run(long fromIndex, Consumer<LogRecord> visitor) {
    for (long from = fromIndex; from <= log.lastIndex(); from = end) {
      begin();
      log.replay(from, this::look);
      wanted.forEach(Replay::bring);
      log.replay(
          from,
          record -> {
            if (record.index() < end) {
              visitor.accept(record);
            }
          });
    }
  }

  private static void bring(RangeReplica replica, Keys found) {
    try {
      replica.rows().bring(found.ascending(), found.count);
    } catch (StoreException e) {
      LOG.debug("range {}: rows are read one by one: {}", replica.range(), e.getMessage());
      // What cannot be read and is needed, the replay itself meets, and quarantines the range.
    }
  }

  private void begin() {
    wanted.clear();
    payloadBytes = 0;
    keys = 0;
    end = Long.MAX_VALUE;
  }

  private void look(LogRecord record) {
    var replica = replicas.get(record.header().range());
    if (record.index() >= end || replica == null || replica.quarantine() != null) {
      return;
    }
    KeyBatch batch;
    try {
      batch = replica.keysToReplay(record);
    } catch (HoldfastException e) {
      return; // The replay itself meets it, and quarantines the range.
    }
    if (batch.count() > 0) {
      wanted.computeIfAbsent(replica, r -> new Keys()).add(batch);
      payloadBytes += record.payload().limit();
      keys += batch.count();
    }
    if (payloadBytes > maxPayloadBytes || keys > maxKeys) {
      end = record.index() + 1;
    }
  }

  /** Keys of one range; equal ones may come again. */
  private static final class Keys {
    private long[] all = new long[1024];
    private int count;

    void add(KeyBatch batch) {
      if (count + batch.count() > all.length) {
        all = Arrays.copyOf(all, Math.max(count + batch.count(), all.length * 2));
      }
      for (int i = 0; i < batch.count(); i++) {
        all[count++] = batch.key(i) ^ Long.MIN_VALUE; // so that they sort as unsigned numbers
      }
    }

    long[] ascending() {
      Arrays.sort(all, 0, count);
      for (int i = 0; i < count; i++) {
        all[i] ^= Long.MIN_VALUE;
      }
      return all;
    }
  }
}
