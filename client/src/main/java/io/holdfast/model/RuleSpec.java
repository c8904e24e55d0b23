package io.holdfast.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * Names an update rule, a proximal operator or a range function, with its parameters.
 *
 * @param name such as {@code "adagrad"}; the names that a server knows are in its documentation,
 *     plug-ins add others
 * @param parameters by name; one that is left out has the default that the rule documents, one that
 *     the rule does not know is refused when the table is made
 */
public record RuleSpec(String name, Map<String, Double> parameters) {
  public RuleSpec {
    if (!name.matches("[a-z][a-z0-9_.-]{0,63}")) {
      throw new IllegalArgumentException(
          "rule name '" + name + "' is not like 'adagrad' or 'acme.my-rule'");
    }
    parameters = java.util.Collections.unmodifiableMap(new TreeMap<>(parameters));
  }

  public static RuleSpec of(String name) {
    return new RuleSpec(name, Map.of());
  }

  /** The same rule with one parameter set. */
  public RuleSpec with(String parameter, double value) {
    var changed = new TreeMap<>(parameters);
    changed.put(parameter, value);
    return new RuleSpec(name, changed);
  }

  /** The parameter's value, or {@code otherwise} where it is not set. */
  public double parameter(String parameter, double otherwise) {
    return parameters.getOrDefault(parameter, otherwise);
  }
}
