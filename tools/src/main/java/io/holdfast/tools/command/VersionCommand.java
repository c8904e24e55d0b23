package io.holdfast.tools.command;

import io.holdfast.tools.server.Release;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code holdfast version}. */
@Command(
    name = "version",
    description = "Prints the version of this program and of its JVM.",
    footer = {"", "Example: holdfast version --output json"})
final class VersionCommand implements Callable<Integer> {
  @Mixin private Common common = new Common();

  @Override
  public Integer call() {
    common.print(
        Map.of("version", Release.version(), "jvm", Runtime.version().toString()),
        () ->
            common.out().println(String.join(System.lineSeparator(), new Version().getVersion())));
    return ExitCode.OK.number();
  }
}
