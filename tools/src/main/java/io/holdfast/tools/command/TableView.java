package io.holdfast.tools.command;

import io.holdfast.client.TableInfo;
import io.holdfast.model.TableSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** A table as commands show it. */
final class TableView {
  private TableView() {}

  /** For JSON; the texts are those that {@code table create} takes. */
  static Map<String, Object> document(TableInfo table) {
    TableSpec spec = table.spec();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", table.job());
    document.put("table", table.name());
    document.put("rows", spec.rows());
    document.put("width", spec.width());
    document.put("element", TableArguments.lower(spec.element()));
    document.put("placement", TableArguments.lower(spec.placement()));
    document.put("initial", TableArguments.text(spec.initial()));
    document.put("rule", TableArguments.text(spec.rule()));
    document.put("proximal", spec.proximal().stream().map(TableArguments::text).toList());
    document.put("durability", TableArguments.lower(spec.durability()));
    document.put("consistency", TableArguments.text(spec.consistency()));
    document.put("nanPolicy", TableArguments.lower(spec.nanPolicy()));
    document.put("stalenessScaled", spec.stalenessScaled());
    document.put("ranges", table.ranges());
    document.put("replicas", spec.replicas());
    document.put("minInSync", spec.minInSync());
    document.put("combinePushes", spec.combinePushes());
    return document;
  }

  /** Several lines. */
  static String text(TableInfo table) {
    var text = new StringBuilder();
    document(table).forEach((name, value) -> text.append(String.format("%-16s %s%n", name, value)));
    return text.toString();
  }

  static final String HEADER =
      String.format(
          "%-12s %-20s %-22s %-8s %-16s %s",
          "JOB", "TABLE", "SHAPE", "RANGES", "CONSISTENCY", "RULE");

  /** One line under {@link #HEADER}. */
  static String line(TableInfo table) {
    TableSpec spec = table.spec();
    String shape =
        TableArguments.lower(spec.element())
            + "["
            + (spec.isDense() ? spec.rows() : "sparse")
            + "]["
            + spec.width()
            + "]";
    return String.format(
        "%-12s %-20s %-22s %-8d %-16s %s",
        table.job(),
        table.name(),
        shape,
        table.ranges(),
        TableArguments.text(spec.consistency()),
        TableArguments.text(spec.rule()));
  }
}
