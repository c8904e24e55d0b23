package io.holdfast.tools.command;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.server.Server;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code holdfast server}. */
@Command(
    name = "server",
    sortOptions = false,
    description = {
      "Runs a node until it is stopped (SIGTERM or Ctrl-C), which checkpoints it.",
      "The first line of output says where it serves, once it does.",
      "With --zookeeper it is a node of a cluster, else it is alone."
    },
    footer = {
      "",
      "Example: holdfast server --data /var/lib/holdfast --port 7070 --plugins plugins",
      "         holdfast server --data /var/lib/holdfast --zookeeper zk1:2181,zk2:2181,zk3:2181"
    })
final class ServerCommand implements Callable<Integer>, HoldfastCommand.Serving {
  @Mixin private ServerOptions options = new ServerOptions();
  @Mixin private Common common = new Common();
  @Mixin private ParentWatch parent = new ParentWatch();

  @Override
  public Integer call() throws InterruptedException {
    parent.begin();
    Server server = Server.start(options.settings(Map.of()));
    untilStopped(List.of(server), server::close, common, "");
    return ExitCode.OK.number();
  }

  /**
   * Says where the servers are, and waits until the process is told to end.
   *
   * @throws HoldfastException INTERNAL where a node stopped by itself, so that whoever watches over
   *     the process starts it again
   */
  static void untilStopped(List<Server> servers, Runnable stop, Common common, String hint)
      throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "holdfast-stop"));
    Map<String, Object> document = new LinkedHashMap<>();
    String address = servers.stream().map(Server::address).collect(Collectors.joining(","));
    document.put("address", address);
    document.put("processId", ProcessHandle.current().pid());
    common.print(
        document,
        () -> {
          common.out().println("serving at " + address);
          common.out().print(hint);
        });
    for (Server server : servers) {
      server.awaitTermination();
    }
    Optional<Throwable> failure =
        servers.stream().flatMap(server -> server.failure().stream()).findFirst();
    if (failure.isPresent()) {
      throw new HoldfastException(
          ErrorCode.INTERNAL,
          "the node has stopped, an invariant did not hold: start it again and report this",
          failure.get());
    }
  }
}
