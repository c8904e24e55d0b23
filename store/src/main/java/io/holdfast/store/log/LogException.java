package io.holdfast.store.log;

import org.jspecify.annotations.Nullable;

/** A log cannot do what was asked. */
public final class LogException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What went wrong. */
  public enum Kind {
    /** No block could be allocated; nothing changed, and it may work later. */
    DISK_FULL,
    /** A write or sync failed; the log has stopped for good (rule P8). */
    FAILED,
    /** A record that was once durable cannot be read (rule P23). */
    CORRUPT,
    /** Not a log of this kind, version or shard. */
    FOREIGN
  }

  private final Kind kind;

  public LogException(Kind kind, String message) {
    this(kind, message, null);
  }

  public LogException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
