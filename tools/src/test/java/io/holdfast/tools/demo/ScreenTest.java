package io.holdfast.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private final StringWriter text = new StringWriter();

  @Test
  void elsewhereThanOnATerminalEachFrameIsALine() {
    var screen = new Screen(new PrintWriter(text), false);
    screen.say(1, "kill -9 node 2");
    screen.show(frame(List.of(true, false, true), List.of("3>1", "1>3(2)"), 40));
    screen.show(frame(List.of(false, false, false), List.of(), 0));
    assertEquals(
        List.of(
            "  1.0 s  kill -9 node 2",
            " 12.3 s   25 %   31,250 examples/s  loss 0.5123  AUC -  clock 9-10  nodes 1,3  chains"
                + " 3>1 1>3(2)",
            " 12.3 s  nodes none  chains no node answers"),
        text.toString().lines().toList());
  }

  @Test
  void onATerminalTheBlockIsDrawnOverAndWhatHappenedStays() {
    var screen = new Screen(new PrintWriter(text), true);
    screen.show(frame(List.of(true, false, true), List.of("3>1"), 40));
    String block = text.toString();
    assertTrue(block.contains("node 2 \u001b[31mDEAD\u001b[0m"), block);
    assertTrue(block.contains("clocks     9 10 of 40"), block);
    long lines = block.lines().count();
    screen.say(2, "it is back");
    String all = text.toString();
    assertTrue(all.substring(block.length()).startsWith("\u001b[" + lines + "A\r\u001b[J"), all);
    // Nothing is left to draw over.
    screen.say(3, "and on");
    assertFalse(text.toString().substring(all.length()).contains("\u001b[J"), all);
  }

  private static Frame frame(List<Boolean> nodes, List<String> chains, long allClocks) {
    return new Frame(
        12.34,
        "something",
        nodes,
        true,
        chains,
        List.of(9L, 10L),
        allClocks,
        0.25,
        31_250,
        0.51234,
        Double.NaN,
        1_234);
  }
}
