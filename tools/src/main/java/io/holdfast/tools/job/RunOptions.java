package io.holdfast.tools.job;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The options that decide a run: workers that resume under others would not make the pushes of
 * before again.
 *
 * @param command such as {@code train lr}
 * @param values by option, such as {@code --batch}; what an option stands for where its text does
 *     not say it, such as a digest of the data
 */
public record RunOptions(String command, Map<String, String> values) {
  private static final String NONE = "none";

  public RunOptions {
    values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** One line for the command and for each option. */
  String text() {
    var text = new StringBuilder(command);
    values.forEach(
        (option, value) -> text.append('\n').append(option).append('\t').append(oneLine(value)));
    return text.toString();
  }

  private static String oneLine(String value) {
    return value.replaceAll("\\s", " ");
  }

  static RunOptions parse(String text) {
    String[] lines = text.split("\n", -1);
    var values = new LinkedHashMap<String, String>();
    for (int i = 1; i < lines.length; i++) {
      String[] parts = lines[i].split("\t", 2);
      values.put(parts[0], parts.length == 2 ? parts[1] : "");
    }
    return new RunOptions(lines[0], values);
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT where the saved run was begun otherwise, naming each
   *     option that differs
   */
  void mustBeThoseOf(RunOptions saved, String job) {
    if (!command.equals(saved.command)) {
      throw refused(job, "it is a job of '" + saved.command + "', not of '" + command + "'");
    }
    List<String> before = new ArrayList<>();
    List<String> now = new ArrayList<>();
    var all = new LinkedHashSet<>(saved.values.keySet());
    all.addAll(values.keySet());
    for (String option : all) {
      String was = saved.values.getOrDefault(option, NONE);
      String is = oneLine(values.getOrDefault(option, NONE));
      if (!was.equals(is)) {
        before.add(option + " " + was);
        now.add(option + " " + is);
      }
    }
    if (!before.isEmpty()) {
      throw refused(
          job,
          "it was begun with "
              + String.join(", ", before)
              + "; this is "
              + String.join(", ", now)
              + ". Give the same");
    }
  }

  private static HoldfastException refused(String job, String why) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "cannot resume job '"
            + job
            + "': "
            + why
            + ", begin anew by --fresh (which drops the job), or name another --job");
  }
}
