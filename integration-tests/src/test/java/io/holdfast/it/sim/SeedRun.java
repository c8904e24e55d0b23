package io.holdfast.it.sim;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Runs a seed for {@link MutatedWorld}, which knows nothing of the classes in it. */
public final class SeedRun implements LongFunction<@Nullable String> {
  /** Null, or the name of the invariant that does not hold. */
  @Override
  public @Nullable String apply(long seed) {
    try {
      Simulation.run(seed);
      return null;
    } catch (World.Violation violation) {
      return violation.invariant.name();
    }
  }
}
