package io.holdfast.tools.export;

import io.holdfast.model.RuleSpec;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The names of what an export says of itself, beside its tensors. */
final class ExportMetadata {
  static final String FORMAT = "holdfast.export";
  static final String JOB = "holdfast.job";
  static final String TABLE = "holdfast.table";
  static final String RULE = "holdfast.rule";

  /** The operators after the rule, each as the rule is written, with a space between them. */
  static final String PROXIMAL = "holdfast.proximal";

  static final String PLACEMENT = "holdfast.placement";
  static final String CONSISTENCY = "holdfast.consistency";

  /** {@link Piece#encode}. */
  static final String RANGES = "holdfast.ranges";

  private ExportMetadata() {}

  /** Such as {@code adam:learning_rate=0.01}. */
  static String text(RuleSpec rule) {
    String parameters =
        rule.parameters().entrySet().stream()
            .map(one -> one.getKey() + "=" + one.getValue())
            .collect(Collectors.joining(","));
    return rule.name() + (parameters.isEmpty() ? "" : ":" + parameters);
  }

  static String text(List<RuleSpec> rules) {
    return rules.stream().map(ExportMetadata::text).collect(Collectors.joining(" "));
  }

  /**
   * What {@link #text(RuleSpec)} has written.
   *
   * @throws IllegalArgumentException where it is nothing of the kind
   */
  static RuleSpec rule(String text) {
    int colon = text.indexOf(':');
    var rule = RuleSpec.of(colon < 0 ? text : text.substring(0, colon));
    if (colon < 0) {
      return rule;
    }
    for (String parameter : text.substring(colon + 1).split(",", -1)) {
      int equals = parameter.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("'" + parameter + "' is no NAME=VALUE of a rule");
      }
      double value = Double.parseDouble(parameter.substring(equals + 1));
      rule = rule.with(parameter.substring(0, equals), value);
    }
    return rule;
  }

  /** What {@link #text(List)} has written; as {@link #rule}. */
  static List<RuleSpec> rules(String text) {
    return Arrays.stream(text.split(" ", -1))
        .filter(one -> !one.isEmpty())
        .map(ExportMetadata::rule)
        .toList();
  }
}
