package io.holdfast.replication.peer;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;

/** Finds out whether anybody listens at a port. */
final class PortProbe {
  /** What a host said. */
  enum Answer {
    /** Somebody listens. */
    OPEN,
    /** The host is there, and nobody listens. */
    REFUSED,
    /** Nothing in time, or that it cannot be reached: says nothing about the process. */
    NONE
  }

  private PortProbe() {}

  /** Blocks, for {@code timeout} at most and the time to look the name up. */
  static Answer ask(PeerNode node, Duration timeout) {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(node.host(), node.port()), Math.toIntExact(timeout.toMillis()));
      return Answer.OPEN;
    } catch (ConnectException e) {
      // The same class also stands for time-outs of the system.
      boolean isRefused =
          String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("refused");
      return isRefused ? Answer.REFUSED : Answer.NONE;
    } catch (IOException e) {
      return Answer.NONE;
    }
  }
}
