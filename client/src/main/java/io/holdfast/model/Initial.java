package io.holdfast.model;

/**
 * What a row reads as before anything is written to it. A random draw depends on the seed, the key
 * and the column alone, so every replica and every replay makes the same row.
 */
public sealed interface Initial {
  Initial ZERO = new Constant(0);

  /** Every value is {@code value}; for int64 tables it must be a whole number. */
  record Constant(double value) implements Initial {}

  /** Uniform in {@code [low, high)}; float32 only. */
  record Uniform(double low, double high, long seed) implements Initial {
    public Uniform {
      if (!(low < high)) {
        throw new IllegalArgumentException(
            "uniform initial value needs low < high, not " + low + ", " + high);
      }
    }
  }

  /** Normal; float32 only. */
  record Normal(double mean, double standardDeviation, long seed) implements Initial {
    public Normal {
      if (!(standardDeviation >= 0)) {
        throw new IllegalArgumentException(
            "standard deviation " + standardDeviation + " is negative");
      }
    }
  }
}
