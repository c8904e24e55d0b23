package io.holdfast.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The project's documents, as tests read them: sections, tables and blocks of code. */
record Documents(Path path, List<String> lines) {
  static Path root() {
    return Path.of(System.getProperty("holdfast.root"));
  }

  static Documents read(String name) {
    Path path = root().resolve(name);
    try {
      return new Documents(path, Files.readAllLines(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines under a heading, up to the next of its rank or above. */
  List<String> section(String heading) {
    int at = lines.indexOf(heading);
    if (at < 0) {
      throw new AssertionError(path + " has no heading '" + heading + "'");
    }
    int rank = heading.indexOf(' ');
    List<String> section = new ArrayList<>();
    boolean code = false;
    for (String line : lines.subList(at + 1, lines.size())) {
      code ^= line.startsWith("```");
      if (!code && line.matches("#{1," + rank + "} .*")) {
        break;
      }
      section.add(line);
    }
    return section;
  }

  /**
   * Rows of the first table under a heading, without its head; cells without back-quotes around
   * them.
   */
  List<List<String>> table(String heading) {
    List<List<String>> rows = new ArrayList<>();
    for (String line : section(heading)) {
      if (line.startsWith("|")) {
        rows.add(cells(line));
      } else if (!rows.isEmpty()) {
        break;
      }
    }
    if (rows.size() < 3) {
      throw new AssertionError(path + " has no table under '" + heading + "'");
    }
    return rows.subList(2, rows.size());
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.substring(1, line.lastIndexOf('|')).split("(?<!\\\\)\\|", -1)) {
      String text = cell.strip().replace("\\|", "|");
      cells.add(text.matches("`[^`]*`") ? text.substring(1, text.length() - 1) : text);
    }
    return cells;
  }

  /** The first block of code of a language under a heading. */
  String code(String heading, String language) {
    List<String> section = section(heading);
    int begin = section.indexOf("```" + language);
    if (begin < 0) {
      throw new AssertionError(path + " has no " + language + " under '" + heading + "'");
    }
    List<String> rest = section.subList(begin + 1, section.size());
    return String.join("\n", rest.subList(0, rest.indexOf("```"))) + "\n";
  }
}
