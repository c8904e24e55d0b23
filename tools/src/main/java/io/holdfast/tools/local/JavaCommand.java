package io.holdfast.tools.local;

import io.holdfast.tools.command.HoldfastCommand;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Command lines of the launcher's commands, run by the JVM of this process. */
final class JavaCommand {
  private static final List<String> HEAP =
      List.of("-Xmx", "-Xms", "-Xmn", "-XX:MaxRAMPercentage", "-XX:MaxHeapSize");
  private static final List<String> NOT_INHERITED =
      List.of("-agentlib", "-javaagent", "-Dholdfast.");

  private JavaCommand() {}

  /**
   * @param launcher what the command begins with
   * @param heap such as {@code 512m}
   * @param flags of the JVM, further ones; they may give another class path
   * @param arguments of the launcher
   */
  static List<String> of(
      List<String> launcher, String heap, List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (Stream.concat(HEAP.stream(), NOT_INHERITED.stream()).noneMatch(flag::startsWith)) {
        command.add(flag);
      }
    }
    command.add("-Xmx" + heap);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(flags);
    command.add(HoldfastCommand.class.getName());
    command.addAll(arguments);
    return command;
  }
}
