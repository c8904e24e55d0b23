package io.holdfast.store.rows;

import org.jspecify.annotations.Nullable;

/** RocksDB cannot do what was asked. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What went wrong. */
  public enum Kind {
    DISK_FULL,
    IO,
    CORRUPT
  }

  private final Kind kind;

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
