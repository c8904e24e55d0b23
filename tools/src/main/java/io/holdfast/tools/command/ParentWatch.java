package io.holdfast.tools.command;

import java.io.IOException;
import java.io.InputStream;
import picocli.CommandLine.Option;

/**
 * Ends a server process with the command that started it, whatever ended that: the child's standard
 * input is a pipe of the parent's, and its end is the parent's.
 */
public final class ParentWatch {
  @Option(
      names = "--until-input-ends",
      hidden = true,
      description = "Stop when standard input ends: for servers that another command started.")
  private boolean wanted;

  /** Starts to watch, where that is asked for. */
  public void begin() {
    if (wanted) {
      Thread.ofPlatform().daemon().name("holdfast-parent").start(ParentWatch::await);
    }
  }

  private static void await() {
    try {
      InputStream in = System.in;
      while (in.read() >= 0) {
        // Nothing is said to servers in this way.
      }
    } catch (IOException e) {
      // The pipe is gone, and with it the parent.
    }
    System.exit(ExitCode.OK.number());
  }
}
