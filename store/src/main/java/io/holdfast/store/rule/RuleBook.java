package io.holdfast.store.rule;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;

/** All rules and functions that this node knows, by name. Immutable. */
public interface RuleBook {
  /**
   * The rule of a table, with its proximal operators.
   *
   * @throws io.holdfast.model.HoldfastException UNKNOWN_RULE, or INVALID_DEFINITION for a wrong
   *     parameter, naming what is known
   */
  BatchRule rule(TableSpec table);

  /**
   * A new instance of a range function.
   *
   * @throws io.holdfast.model.HoldfastException UNKNOWN_RULE, or INVALID_ARGUMENT
   */
  RangeFunction function(RuleSpec spec, TableSpec table);
}
