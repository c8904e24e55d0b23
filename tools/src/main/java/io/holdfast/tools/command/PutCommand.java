package io.holdfast.tools.command;

import io.holdfast.client.Holdfast;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Table;
import io.holdfast.model.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code holdfast put}. */
@Command(
    name = "put",
    description = {
      "Pushes rows: the table's rule says what becomes of the values (add: they are added).",
      "When it ends with 0 the push is in, once, as durable as the table says."
    },
    footer = {"", "Example: holdfast put weights 7=0.5 8=-1.25 --job ads"})
final class PutCommand implements Callable<Integer> {
  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private TableCommand.Target target = new TableCommand.Target();

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "KEY=V[,V...]",
      description = "A row's key and all of its values.")
  private List<String> rows = new ArrayList<>();

  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() {
    long[] keys = rows.stream().mapToLong(row -> key(row)).toArray();
    PushReceipt receipt;
    try (Holdfast connected = cluster.connect()) {
      var info = target.in(connected);
      Table table = connected.job(info.job()).table(info.name());
      int width = info.spec().width();
      receipt =
          info.spec().element() == ElementType.FLOAT32
              ? table.push(keys, floats(width)).join()
              : table.push(keys, longs(width)).join();
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", target.job());
    document.put("table", target.table());
    document.put("rows", keys.length);
    document.put("parts", receipt.parts());
    document.put("duplicates", receipt.duplicates());
    common.print(document, () -> common.out().println("pushed " + keys.length + " rows"));
    return ExitCode.OK.number();
  }

  private float[] floats(int width) {
    float[] values = new float[rows.size() * width];
    for (int row = 0; row < rows.size(); row++) {
      String[] texts = values(rows.get(row), width);
      for (int i = 0; i < width; i++) {
        values[row * width + i] = (float) number(texts[i], rows.get(row));
      }
    }
    return values;
  }

  private long[] longs(int width) {
    long[] values = new long[rows.size() * width];
    for (int row = 0; row < rows.size(); row++) {
      String[] texts = values(rows.get(row), width);
      for (int i = 0; i < width; i++) {
        try {
          values[row * width + i] = Long.parseLong(texts[i]);
        } catch (NumberFormatException e) {
          throw wrong("'" + texts[i] + "' in '" + rows.get(row) + "' is no whole number", e);
        }
      }
    }
    return values;
  }

  private long key(String row) {
    int equals = row.indexOf('=');
    if (equals < 1) {
      throw wrong("'" + row + "' is not KEY=VALUE[,VALUE...]", null);
    }
    try {
      return TableArguments.key(row.substring(0, equals));
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
  }

  private double number(String text, String row) {
    try {
      return TableArguments.number(text, row);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
  }

  private String[] values(String row, int width) {
    String[] texts = row.substring(row.indexOf('=') + 1).split(",", -1);
    if (texts.length != width) {
      throw wrong("'" + row + "' has " + texts.length + " values; a row here has " + width, null);
    }
    return texts;
  }

  private ParameterException wrong(
      String message, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ParameterException(command.commandLine(), message, cause);
  }
}
