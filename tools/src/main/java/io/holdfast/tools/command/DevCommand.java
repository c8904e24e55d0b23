package io.holdfast.tools.command;

import io.holdfast.tools.server.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code holdfast dev}. */
@Command(
    name = "dev",
    sortOptions = false,
    description = {
      "Runs a whole cluster in this process, to try things out.",
      "Without --data its rows are in a temporary directory and gone when it ends."
    },
    footer = {"", "Example: holdfast dev", "         holdfast dev --data ./dev-data --port 7171"})
final class DevCommand implements Callable<Integer>, HoldfastCommand.Serving {
  @Mixin private ServerOptions options = new ServerOptions();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (options.hasData()) {
      Server server = Server.start(options.settings(Map.of()));
      ServerCommand.untilStopped(server, server::close, common, hint(server));
      return ExitCode.OK.number();
    }
    Path directory = Files.createTempDirectory("holdfast-dev-");
    Server server;
    try {
      server = Server.start(options.settings(Map.of("data", directory.toString())));
    } catch (RuntimeException e) {
      Directories.delete(directory);
      throw e;
    }
    ServerCommand.untilStopped(
        server,
        () -> {
          server.close();
          Directories.delete(directory);
        },
        common,
        hint(server));
    return ExitCode.OK.number();
  }

  private static String hint(Server server) {
    String option = server.port() == 7070 ? "" : " --server " + server.address();
    return String.format(
        "try:%n  holdfast table create w --sparse%s%n  holdfast put w 7=0.5%s%n  holdfast get w 7%s%n",
        option, option, option);
  }
}
