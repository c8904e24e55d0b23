package io.holdfast.tools.snapshot;

import io.holdfast.model.HoldfastException;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a repository.
 *
 * @param manifest null where it cannot be read
 * @param problem why it cannot be read, and what to do; null where it can
 */
public record Listed(
    String name, @Nullable Manifest manifest, @Nullable HoldfastException problem) {
  /** The manifest, or the reason why there is none, thrown. */
  public Manifest orThrow() {
    if (manifest == null) {
      throw problem == null ? new IllegalStateException(name) : problem;
    }
    return manifest;
  }
}
