package io.holdfast.plugin;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;

/** Makes the range functions of one name. Found through {@link java.util.ServiceLoader}. */
public interface RangeFunctionFactory {
  String name();

  /**
   * @throws IllegalArgumentException where a parameter is unknown or out of its range
   */
  RangeFunction create(RuleSpec spec, TableSpec table);
}
