package io.holdfast.tools.command;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.server.Server;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code holdfast server}. */
@Command(
    name = "server",
    sortOptions = false,
    description = {
      "Runs a node until it is stopped (SIGTERM or Ctrl-C), which checkpoints it.",
      "The first line of output says where it serves, once it does."
    },
    footer = {
      "",
      "Example: holdfast server --data /var/lib/holdfast --port 7070 --plugins plugins"
    })
final class ServerCommand implements Callable<Integer>, HoldfastCommand.Serving {
  @Mixin private ServerOptions options = new ServerOptions();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() throws InterruptedException {
    Server server = Server.start(options.settings(Map.of()));
    untilStopped(server, server::close, common, "");
    return ExitCode.OK.number();
  }

  /**
   * Says where the server is, and waits until the process is told to end.
   *
   * @throws HoldfastException INTERNAL where the node stopped by itself, so that whoever watches
   *     over the process starts it again
   */
  static void untilStopped(Server server, Runnable stop, Common common, String hint)
      throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "holdfast-stop"));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("address", server.address());
    document.put("processId", ProcessHandle.current().pid());
    common.print(
        document,
        () -> {
          common.out().println("serving at " + server.address());
          common.out().print(hint);
        });
    server.awaitTermination();
    if (server.failure().isPresent()) {
      throw new HoldfastException(
          ErrorCode.INTERNAL,
          "the node has stopped, an invariant did not hold: start it again and report this",
          server.failure().get());
    }
  }
}
