package io.holdfast.tools.snapshot;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The target has no room for what is to be stored. */
final class TargetFullException extends IOException {
  private static final long serialVersionUID = 1;

  TargetFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
