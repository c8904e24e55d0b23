package io.holdfast.tools.local;

import java.util.List;

/**
 * Where a server of a local cluster runs.
 *
 * @param host address that it listens on
 * @param port for clients
 * @param launcher what its command begins with, such as one that enters a network namespace
 */
public record Place(String host, int port, List<String> launcher) {
  public Place {
    launcher = List.copyOf(launcher);
  }

  /** {@code host:port}. */
  public String address() {
    return host + ":" + port;
  }
}
