package io.holdfast.tools.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is at the other end of the standard streams. */
public final class Terminal {
  private Terminal() {}

  /**
   * Whether standard error is a terminal. {@code System.console()} is about standard output; Linux
   * tells about standard error.
   */
  public static boolean errorIsTerminal() {
    return isTerminal("/proc/self/fd/2");
  }

  /** Whether standard output is a terminal. */
  public static boolean outputIsTerminal() {
    return isTerminal("/proc/self/fd/1");
  }

  private static boolean isTerminal(String descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of(descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
