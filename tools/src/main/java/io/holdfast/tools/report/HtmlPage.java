package io.holdfast.tools.report;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A run on one page that refers to nothing outside of it: no script, no font, no image. Figures'
 * content is HTML, all else is text.
 */
public final class HtmlPage {
  private final String title;
  private final String heading;
  private final String summary;
  private final StringBuilder cards = new StringBuilder();
  private final StringBuilder figures = new StringBuilder();
  private final StringBuilder settings = new StringBuilder();

  /**
   * @param title of the browser's window
   * @param summary one sentence
   */
  public HtmlPage(String title, String heading, String summary) {
    this.title = title;
    this.heading = heading;
    this.summary = summary;
  }

  /** Adds one number that sums the run up. */
  public HtmlPage card(String name, String value, String note) {
    cards
        .append("<div class=\"card\"><span>")
        .append(escaped(name))
        .append("</span><strong>")
        .append(escaped(value))
        .append("</strong><small>")
        .append(escaped(note))
        .append("</small></div>\n");
    return this;
  }

  /** Adds a chart or table. */
  public HtmlPage figure(String name, String content) {
    figures
        .append("<figure><h2>")
        .append(escaped(name))
        .append("</h2>\n")
        .append(content)
        .append("</figure>\n");
    return this;
  }

  /** What the run was asked to do, in the map's order. */
  public HtmlPage settings(Map<String, ?> values) {
    values.forEach(
        (name, value) ->
            settings
                .append("<tr><th>")
                .append(escaped(name))
                .append("</th><td>")
                .append(escaped(String.valueOf(value)))
                .append("</td></tr>\n"));
    return this;
  }

  /** The whole page. */
  public String html() {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + escaped(title)
        + "</title>\n<style>\n"
        + style()
        + "</style>\n</head>\n<body>\n<main>\n<header><h1>"
        + escaped(heading)
        + "</h1>\n<p>"
        + escaped(summary)
        + "</p></header>\n<section class=\"cards\">\n"
        + cards
        + "</section>\n<section class=\"charts\">\n"
        + figures
        + "</section>\n<section>\n<h2>Settings</h2>\n<table class=\"settings\">\n"
        + settings
        + "</table>\n</section>\n</main>\n</body>\n</html>\n";
  }

  /**
   * Writes the page; an older file of that name is replaced.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it cannot be written
   */
  public void write(Path file) {
    try {
      Files.writeString(file, html(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot write the report to " + file + ": " + e.getMessage(),
          e);
    }
  }

  /** Text as HTML shows it. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String style() {
    try (InputStream in = HtmlPage.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("report.css cannot be read", e);
    }
  }
}
