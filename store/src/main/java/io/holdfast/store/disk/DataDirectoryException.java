package io.holdfast.store.disk;

import org.jspecify.annotations.Nullable;

/** A data directory cannot be used; the message says what to do. */
public final class DataDirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is in the way. */
  public enum Kind {
    /** Another process holds it. */
    IN_USE,
    /** It holds something that is not ours. */
    FOREIGN,
    /** Another version of Holdfast wrote it. */
    NEWER_FORMAT,
    /** It was created with other settings that cannot change. */
    CHANGED,
    /** The disk cannot be read or written. */
    FAILED
  }

  private final Kind kind;

  public DataDirectoryException(Kind kind, String message) {
    this(kind, message, null);
  }

  public DataDirectoryException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
