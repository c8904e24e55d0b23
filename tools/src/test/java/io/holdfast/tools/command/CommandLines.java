package io.holdfast.tools.command;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs a command line inside the test, and keeps what it printed. */
final class CommandLines {
  record Ran(int code, String out, String err) {}

  private CommandLines() {}

  static Ran run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int code = line.execute(arguments);
    return new Ran(code, out.toString(), err.toString());
  }
}
