package io.holdfast.tools.command;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Rows;
import io.holdfast.model.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code holdfast get}. */
@Command(
    name = "get",
    description = {
      "Pulls rows and prints them, one per line: the key, then its values.",
      "A key that was never written reads as the table's initial value."
    },
    footer = {"", "Example: holdfast get weights 7 0xff --job ads"})
final class GetCommand implements Callable<Integer> {
  @Mixin private TableCommand.Target target = new TableCommand.Target();

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "KEY",
      converter = Converters.OfKey.class,
      description = "Unsigned 64-bit keys, decimal or 0x hexadecimal.")
  private List<Long> keys = new ArrayList<>();

  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() {
    long[] asked = keys.stream().mapToLong(key -> key).distinct().toArray();
    List<Map<String, Object>> rows = new ArrayList<>();
    try (Holdfast connected = cluster.connect()) {
      var info = target.in(connected);
      Rows pulled = connected.job(info.job()).table(info.name()).pull(asked).join();
      boolean isFloat = info.spec().element() == ElementType.FLOAT32;
      for (int i = 0; i < asked.length; i++) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("key", Long.toUnsignedString(asked[i]));
        row.put("values", values(pulled, i, isFloat));
        rows.add(row);
      }
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", target.job());
    document.put("table", target.table());
    document.put("rows", rows);
    common.print(document, () -> rows.forEach(this::printLine));
    return ExitCode.OK.number();
  }

  private static List<Number> values(Rows rows, int row, boolean isFloat) {
    List<Number> values = new ArrayList<>();
    for (int at = row * rows.width(); at < (row + 1) * rows.width(); at++) {
      if (isFloat) {
        values.add(rows.floats()[at]);
      } else {
        values.add(rows.longs()[at]);
      }
    }
    return values;
  }

  private void printLine(Map<String, Object> row) {
    var line = new StringBuilder(String.valueOf(row.get("key")));
    if (row.get("values") instanceof List<?> values) {
      values.forEach(value -> line.append(' ').append(value));
    }
    common.out().println(line);
  }
}
