package io.holdfast.tools.export;

import io.holdfast.model.RuleSpec;
import java.util.stream.Collectors;

/** The names of what an export says of itself, beside its tensors. */
final class ExportMetadata {
  static final String FORMAT = "holdfast.export";
  static final String JOB = "holdfast.job";
  static final String TABLE = "holdfast.table";
  static final String RULE = "holdfast.rule";
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
}
