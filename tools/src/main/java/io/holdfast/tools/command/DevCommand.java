package io.holdfast.tools.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast dev}. */
@Command(
    name = "dev",
    sortOptions = false,
    description = {
      "Runs a whole cluster in this process, to try things out.",
      "Without --data its rows are in a temporary directory and gone when it ends.",
      "Several nodes share --cache and take the ports from --port on."
    },
    footer = {
      "",
      "Example: holdfast dev",
      "         holdfast dev --nodes 3",
      "         holdfast dev --data ./dev-data --port 7171"
    })
final class DevCommand implements Callable<Integer>, HoldfastCommand.Serving {
  private static final int MOST_NODES = 16;

  @Spec private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "Nodes, 1 to 16; several have a ZooKeeper server beside them. Default: 1.")
  private int nodes = 1;

  @Mixin private ServerOptions options = new ServerOptions();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() throws IOException, InterruptedException {
    check(nodes >= 1 && nodes <= MOST_NODES, "--nodes is not within 1 and " + MOST_NODES);
    check(
        nodes == 1 || !options.hasZooKeeper(),
        "--nodes " + nodes + " run a ZooKeeper of their own: leave --zookeeper out");
    Path given = options.data();
    Path directory = given == null ? Files.createTempDirectory("holdfast-dev-") : given;
    Runnable clear = given == null ? () -> Directories.delete(directory) : () -> {};
    DevCluster cluster;
    try {
      cluster = DevCluster.start(nodes, directory, options);
    } catch (RuntimeException e) {
      clear.run();
      throw e;
    }
    ServerCommand.untilStopped(
        cluster.nodes(),
        () -> {
          cluster.close();
          clear.run();
        },
        common,
        hint(cluster));
    return ExitCode.OK.number();
  }

  private static String hint(DevCluster cluster) {
    boolean usual = cluster.nodes().stream().anyMatch(node -> node.port() == 7070);
    String addresses =
        cluster.nodes().stream().map(node -> node.address()).collect(Collectors.joining(","));
    String option = usual ? "" : " --server " + addresses;
    String more =
        cluster.nodes().size() == 1
            ? ""
            : String.format("  holdfast status%s%n  holdfast scrub%s%n", option, option);
    return String.format(
        "try:%n  holdfast table create w --sparse%s%n  holdfast put w 7=0.5%s%n  holdfast get w 7%s%n%s",
        option, option, option, more);
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
