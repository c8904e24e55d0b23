package io.holdfast.tools.command;

import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.util.Map;

/** A server in this process, for jobs that name none. */
public final class OwnServer {
  private OwnServer() {}

  /** Starts it on a free port. Blocks until it serves. */
  public static LocalCluster start(Path directory) {
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
