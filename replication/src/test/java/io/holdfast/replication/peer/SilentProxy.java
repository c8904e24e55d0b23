package io.holdfast.replication.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Passes bytes on until it is told to swallow them: connections stay, and say nothing, those made
 * meanwhile for ever.
 */
final class SilentProxy implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final int target;
  private final AtomicInteger made = new AtomicInteger();

  /** Connections up to this one, as they were made, are silent. */
  private volatile int silent;

  SilentProxy(int target) throws IOException {
    this.target = target;
    Thread.ofPlatform().daemon().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void swallow() {
    silent = Integer.MAX_VALUE;
  }

  /** New connections pass bytes on again. */
  void mend() {
    silent = made.get();
  }

  private void accept() {
    try {
      while (true) {
        var from = server.accept();
        var to = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(from);
        sockets.add(to);
        int number = made.incrementAndGet();
        Thread.ofPlatform().daemon().start(() -> pass(number, from, to));
        Thread.ofPlatform().daemon().start(() -> pass(number, to, from));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void pass(int number, Socket from, Socket to) {
    var bytes = new byte[8192];
    try {
      for (int n = from.getInputStream().read(bytes);
          n >= 0;
          n = from.getInputStream().read(bytes)) {
        if (number > silent) {
          to.getOutputStream().write(bytes, 0, n);
        }
      }
      if (number > silent) {
        to.close();
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (var socket : sockets) {
      socket.close();
    }
  }
}
