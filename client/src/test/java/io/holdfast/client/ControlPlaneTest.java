package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.StatusRequest;
import io.holdfast.wire.Statuses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class ControlPlaneTest {
  private final AtomicInteger calls = new AtomicInteger();
  private Server server;
  private ManagedChannel channel;

  /** Refuses the first call, and is silent from then on. */
  @BeforeEach
  void start() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                new ControlGrpc.ControlImplBase() {
                  @Override
                  public void status(StatusRequest request, StreamObserver<StatusReply> answers) {
                    if (calls.incrementAndGet() == 1) {
                      var full = new HoldfastException(ErrorCode.DISK_FULL, "no room");
                      answers.onError(Statuses.toStatus(full));
                    }
                  }
                })
            .build()
            .start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void whatItWasRefusedWithOutlastsTheSilenceAtTheEndOfTheTime() {
    var nodes = new Nodes(List.of("127.0.0.1:" + server.getPort()), System::nanoTime);
    var control = new ControlPlane(nodes, address -> channel, Duration.ofMillis(1));
    var error = assertThrows(HoldfastException.class, () -> control.connect(Duration.ofSeconds(1)));
    assertEquals(ErrorCode.DISK_FULL, error.code(), error.toString());
    assertEquals(2, calls.get());
  }
}
