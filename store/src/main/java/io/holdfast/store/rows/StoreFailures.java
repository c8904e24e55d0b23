package io.holdfast.store.rows;

import java.util.Locale;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Turns RocksDB's errors into ones that say what to do. */
final class StoreFailures {
  private static final String REPAIR =
      ". Rows on this disk cannot be trusted: stop the node, move its data directory away, and let"
          + " it copy its ranges from their other replicas, or restore a snapshot";

  private StoreFailures() {}

  static StoreException of(String doing, RocksDBException cause) {
    Status status = cause.getStatus();
    String message = String.valueOf(cause.getMessage());
    String text = "RocksDB failed " + doing + ": " + message;
    if (isCorruption(status, message)) {
      return new StoreException(StoreException.Kind.CORRUPT, text + REPAIR, cause);
    }
    if (isDiskFull(status, message)) {
      return new StoreException(StoreException.Kind.DISK_FULL, text + ". Free some space", cause);
    }
    if (message.contains("lock") && message.contains("LOCK")) {
      return new StoreException(
          StoreException.Kind.IO,
          text + ". Another process, or another store of this one, has the directory open",
          cause);
    }
    return new StoreException(StoreException.Kind.IO, text, cause);
  }

  static StoreException of(String doing, Status status) {
    return of(doing, new RocksDBException(status));
  }

  static StoreException corrupt(String what) {
    return new StoreException(StoreException.Kind.CORRUPT, what + REPAIR, null);
  }

  private static boolean isCorruption(Status status, String message) {
    if (status != null && status.getCode() == Status.Code.Corruption) {
      return true;
    }
    return message.contains("Corruption") || message.contains("No such file or directory");
  }

  private static boolean isDiskFull(Status status, String message) {
    return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
        || message.toLowerCase(Locale.ROOT).contains("no space");
  }
}
