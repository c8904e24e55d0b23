package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a load balancer and a generic gRPC client ask of a node. */
@SuppressWarnings("NullAway.Init")
class ServicesTest {
  @TempDir Path directory;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    server =
        Server.start(
            ServerSettings.of(
                Map.of("data", directory.resolve("node"), "port", 0, "log-segment", "4MiB")));
    channel = ManagedChannelBuilder.forTarget(server.address()).usePlaintext().build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.close();
  }

  @Test
  void aNodeThatServesSaysSoToHealthChecks() {
    var health = HealthGrpc.newBlockingStub(channel);
    var answer = health.check(HealthCheckRequest.getDefaultInstance());
    assertEquals(ServingStatus.SERVING, answer.getStatus());
  }

  @Test
  void reflectionNamesTheServices() {
    var answer = new CompletableFuture<ServerReflectionResponse>();
    var requests =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<ServerReflectionResponse>() {
                  @Override
                  public void onNext(ServerReflectionResponse value) {
                    answer.complete(value);
                  }

                  @Override
                  public void onError(Throwable t) {
                    answer.completeExceptionally(t);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    List<String> names =
        answer
            .orTimeout(10, TimeUnit.SECONDS)
            .join()
            .getListServicesResponse()
            .getServiceList()
            .stream()
            .map(ServiceResponse::getName)
            .toList();
    requests.onCompleted();
    assertTrue(
        names.containsAll(
            List.of("holdfast.v1.Exchange", "holdfast.v1.Control", "grpc.health.v1.Health")),
        names.toString());
  }
}
