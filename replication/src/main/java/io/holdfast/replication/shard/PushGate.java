package io.holdfast.replication.shard;

import io.holdfast.model.HoldfastException;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the node takes pushes at the moment. Read for every push, by any thread; must not
 * block.
 */
@FunctionalInterface
public interface PushGate {
  /** Why not; null where it does. */
  @Nullable HoldfastException refusal();
}
