package io.holdfast.tools.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Shows what goes on: on a terminal a block of lines that stays where it is, under what has
 * happened; elsewhere a line for each frame. Any thread may call.
 */
final class Screen {
  private static final int BAR = 30;
  private static final String BOLD = "\u001b[1m";
  private static final String RED = "\u001b[31m";
  private static final String GREEN = "\u001b[32m";
  private static final String PLAIN = "\u001b[0m";

  private final PrintWriter out;
  private final boolean isTerminal;
  private int drawn;

  /**
   * @param isTerminal whether the block can be drawn over
   */
  Screen(PrintWriter out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  boolean isTerminal() {
    return isTerminal;
  }

  /** Something has happened; it stays to be read. */
  synchronized void say(double seconds, String message) {
    erase();
    out.printf(Locale.ROOT, "%5.1f s  %s%n", seconds, styled(BOLD, message));
    out.flush();
  }

  synchronized void show(Frame frame) {
    erase();
    if (isTerminal) {
      List<String> block = block(frame);
      block.forEach(out::println);
      drawn = block.size();
    } else {
      out.println(line(frame));
    }
    out.flush();
  }

  /** The block, if there is one, is drawn over no more. */
  synchronized void end() {
    drawn = 0;
  }

  private void erase() {
    if (drawn > 0) {
      out.printf("\u001b[%dA\r\u001b[J", drawn);
      drawn = 0;
    }
  }

  static String line(Frame frame) {
    var line = new StringBuilder();
    line.append(format("%5.1f s  ", frame.seconds()));
    if (frame.allClocks() > 0) {
      line.append(
          format(
              "%3.0f %%  %,7.0f examples/s  loss %s  AUC %s  clock %s  ",
              100 * frame.done(),
              frame.rate(),
              number(frame.loss()),
              number(frame.auc()),
              clocks(frame.clocks())));
    }
    String nodes =
        IntStream.range(0, frame.nodes().size())
            .filter(frame.nodes()::get)
            .mapToObj(i -> Integer.toString(i + 1))
            .collect(Collectors.joining(","));
    line.append("nodes ").append(nodes.isEmpty() ? "none" : nodes);
    line.append("  chains ").append(chains(frame));
    return line.toString();
  }

  private List<String> block(Frame frame) {
    var block = new ArrayList<String>();
    block.add("");
    block.add(format("  %-58s %6.1f s", frame.act(), frame.seconds()));
    String nodes =
        IntStream.range(0, frame.nodes().size())
            .mapToObj(i -> "node " + (i + 1) + " " + life(frame.nodes().get(i)))
            .collect(Collectors.joining("   "));
    block.add("  processes  " + nodes + "   ZooKeeper " + life(frame.zooKeeper()));
    block.add("  chains     " + chains(frame));
    if (frame.allClocks() > 0) {
      block.add(
          "  clocks     "
              + frame.clocks().stream().map(Object::toString).collect(Collectors.joining(" "))
              + " of "
              + frame.allClocks());
      int filled = (int) Math.round(BAR * Math.min(1, frame.done()));
      block.add(
          format(
              "  training   %s%s %3.0f %%  %,7.0f examples/s",
              "#".repeat(filled), "-".repeat(BAR - filled), 100 * frame.done(), frame.rate()));
      block.add(format("  model      loss %s   AUC %s", number(frame.loss()), number(frame.auc())));
    }
    block.add(format("  ledger     %,d pushes of counters acknowledged", frame.counted()));
    return block;
  }

  private static String chains(Frame frame) {
    return frame.chains().isEmpty() ? "no node answers" : String.join(" ", frame.chains());
  }

  private static String clocks(List<Long> clocks) {
    long least = clocks.stream().mapToLong(Long::longValue).min().orElse(0);
    long most = clocks.stream().mapToLong(Long::longValue).max().orElse(0);
    return least == most ? Long.toString(most) : least + "-" + most;
  }

  private String life(boolean alive) {
    return alive ? styled(GREEN, "lives") : styled(RED, "DEAD");
  }

  private String styled(String style, String text) {
    return isTerminal ? style + text + PLAIN : text;
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : format("%.4f", value);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
