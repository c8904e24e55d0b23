package io.holdfast.tools.command;

import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.tools.train.LocalCluster;
import io.holdfast.tools.train.TrainLr;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code holdfast train ...}. */
@Command(
    name = "train",
    description = "Runs the training jobs that come with Holdfast.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "JOB",
    footer = {"", "Example: holdfast train lr --passes 3"},
    subcommands = TrainLr.class)
final class TrainCommand {
  TrainCommand() {
    TrainLr.useLocalClusters(TrainCommand::start);
  }

  private static LocalCluster start(Path directory) {
    Server server =
        Server.start(ServerSettings.of(Map.of("data", directory.toString(), "port", "0")));
    return new LocalCluster() {
      @Override
      public String address() {
        return server.address();
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }
}
