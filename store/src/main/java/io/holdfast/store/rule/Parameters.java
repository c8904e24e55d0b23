package io.holdfast.store.rule;

import io.holdfast.model.RuleSpec;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads the parameters of a {@link RuleSpec}, checks each, and at {@link #end()} refuses those that
 * nobody asked for. Every error is an {@link IllegalArgumentException} for whoever makes the table.
 */
final class Parameters {
  private final RuleSpec spec;
  private final Set<String> known = new TreeSet<>();

  Parameters(RuleSpec spec) {
    this.spec = spec;
  }

  /** Above 0, as a float32 too. */
  float positive(String name, double otherwise) {
    float value = finite(name, otherwise);
    return value > 0 ? value : refuse(name, "above 0");
  }

  /** 0 or above. */
  float notNegative(String name, double otherwise) {
    float value = finite(name, otherwise);
    return value >= 0 ? value : refuse(name, "0 or above");
  }

  /** Within {@code [0, 1)}, as a float32 too. */
  float fraction(String name, double otherwise) {
    float value = finite(name, otherwise);
    return value >= 0 && value < 1 ? value : refuse(name, "within 0 and below 1");
  }

  /** 0 or 1. */
  boolean flag(String name) {
    float value = finite(name, 0);
    return value == 1 || (value != 0 && refuse(name, "0 or 1") == 0);
  }

  /** A whole number within {@code [least, most]}. */
  int whole(String name, double otherwise, int least, int most) {
    known.add(name);
    double value = spec.parameter(name, otherwise);
    if (!(value >= least && value <= most) || value != Math.rint(value)) {
      refuse(name, "a whole number within " + least + " and " + most);
    }
    return (int) value;
  }

  /** To be called when all parameters are read. */
  void end() {
    for (String given : spec.parameters().keySet()) {
      if (!known.contains(given)) {
        throw new IllegalArgumentException(
            "'"
                + spec.name()
                + "' has no parameter '"
                + given
                + "'; "
                + (known.isEmpty() ? "it takes none" : "it takes " + String.join(", ", known)));
      }
    }
  }

  private float finite(String name, double otherwise) {
    known.add(name);
    float value = (float) spec.parameter(name, otherwise);
    return Float.isFinite(value) ? value : refuse(name, "finite as a float32");
  }

  private float refuse(String name, String wanted) {
    throw new IllegalArgumentException(
        "'"
            + spec.name()
            + "' needs "
            + name
            + " "
            + wanted
            + ", not "
            + spec.parameters().get(name));
  }
}
