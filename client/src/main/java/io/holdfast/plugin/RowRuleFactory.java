package io.holdfast.plugin;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;

/** Makes the rules of one name. Found through {@link java.util.ServiceLoader}. */
public interface RowRuleFactory {
  /**
   * The name in {@link RuleSpec#name()}; a plug-in's should hold a dot, such as {@code
   * acme.signsgd}.
   */
  String name();

  /**
   * Makes the rule for a table.
   *
   * @throws IllegalArgumentException where a parameter is unknown or out of its range, or the table
   *     does not suit; the message is shown to whoever makes the table
   */
  RowRule create(RuleSpec spec, TableSpec table);
}
