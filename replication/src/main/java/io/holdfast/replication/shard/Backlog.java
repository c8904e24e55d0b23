package io.holdfast.replication.shard;

import io.holdfast.model.HoldfastException;
import io.holdfast.store.rows.KeyBatch;
import io.holdfast.store.rows.StoreException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the rows that a long stretch of committed records writes to into the cache by one pass
 * over the stored rows, before the records are applied, as after a restart. Reading them push by
 * push instead is a random read for each row, which with nothing of the database in memory took 25
 * times as long as the pass.
 */
final class Backlog {
  private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

  /** A shorter stretch is applied as it comes: listing and sorting its keys costs, too. */
  private static final int LEAST_RECORDS = 64;

  /** The same while a shard starts, when next to nothing is in the cache yet. */
  private static final int LEAST_RECORDS_AT_START = 4;

  private final long maxPayloadBytes;
  private final long maxKeys;
  private long[] keys = new long[1024];
  private int count;

  /**
   * @param cacheBytes rows and keys of a stretch take no more than half of it, and a sixteenth
   */
  Backlog(long cacheBytes) {
    this.maxPayloadBytes = cacheBytes / 2;
    this.maxKeys = cacheBytes / 16 / Long.BYTES;
  }

  /**
   * Prepares the next stretch. Blocks.
   *
   * @param starting whether the shard does not serve yet
   * @return the LSN that it ends with
   */
  long prepare(RangeReplica replica, boolean starting) {
    var chain = replica.chain();
    int least = starting ? LEAST_RECORDS_AT_START : LEAST_RECORDS;
    if (chain.committedLsn() - chain.appliedLsn() < least || replica.isHome()) {
      return chain.committedLsn();
    }
    count = 0;
    long bytes = 0;
    long lsn = chain.appliedLsn();
    while (lsn < chain.committedLsn() && bytes < maxPayloadBytes && count < maxKeys) {
      var record = replica.retained().get(++lsn);
      if (record != null) {
        bytes += record.payload().limit();
        add(replica, record);
      }
    }
    try {
      replica.rows().bring(ascending(), count);
    } catch (StoreException e) {
      LOG.debug("range {}: rows are read one by one: {}", replica.range(), e.getMessage());
      // What cannot be read and is needed, applying meets, and quarantines the range.
    }
    return lsn;
  }

  private void add(RangeReplica replica, io.holdfast.store.log.LogRecord record) {
    KeyBatch batch;
    try {
      batch = replica.keysOf(record);
    } catch (HoldfastException e) {
      return; // Applying meets it, and quarantines the range.
    }
    if (count + batch.count() > keys.length) {
      keys = Arrays.copyOf(keys, Math.max(count + batch.count(), keys.length * 2));
    }
    for (int i = 0; i < batch.count(); i++) {
      keys[count++] = batch.key(i) ^ Long.MIN_VALUE; // so that they sort as unsigned numbers
    }
  }

  private long[] ascending() {
    Arrays.sort(keys, 0, count);
    for (int i = 0; i < count; i++) {
      keys[i] ^= Long.MIN_VALUE;
    }
    return keys;
  }
}
