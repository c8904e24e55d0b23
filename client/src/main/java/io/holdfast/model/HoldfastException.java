package io.holdfast.model;

import org.jspecify.annotations.Nullable;

/**
 * The one exception of client and server; the message says what is wrong and what to do about it.
 */
public final class HoldfastException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;

  public HoldfastException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public HoldfastException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(code + ": " + message, cause);
    this.code = code;
  }

  /** The code, what is wrong and what to do about it. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  public ErrorCode code() {
    return code;
  }

  public Retry retry() {
    return code.retry();
  }
}
