package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Channel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.holdfast.client.Holdfast;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.v1.BeginCapture;
import io.holdfast.v1.CaptureGrpc;
import io.holdfast.v1.CaptureNews;
import io.holdfast.v1.CaptureOrder;
import io.holdfast.v1.ExportGrpc;
import io.holdfast.v1.ExportRequest;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.wire.Statuses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that does not reach ZooKeeper, and may have been left out of its chains. */
class CutOffNodeTest {
  @TempDir Path directory;

  @Test
  void itGivesRowsNeitherToExportsNorToSnapshots() {
    try (var cluster = new SmallCluster(directory.resolve("cluster"), 2)) {
      try (var connected = Holdfast.connect(cluster.addresses())) {
        connected
            .job("ads")
            .table("w", TableSpec.dense(2).ranges(1).build())
            .push(new KeyRange(0, 2), new float[] {1, 2})
            .join();
      }
      cluster.awaitReplicas(2);
      int range = rangeOfTheTable(cluster);
      var options = RepositoryOptions.DEFAULT.withCreate();
      var channel =
          ManagedChannelBuilder.forTarget(cluster.server(1).address()).usePlaintext().build();
      try (var repository = Repository.open(directory.resolve("target").toString(), options)) {
        var begin =
            BeginCapture.newBuilder()
                .setTarget(repository.target())
                .setRepository(repository.id())
                .setName("one")
                .addRanges(range)
                .build();
        assertEquals(Optional.empty(), refusalOfExport(channel, range));
        assertEquals(Optional.empty(), refusalOfCapture(channel, begin));
        cluster.stopZooKeeper();
        Awaitility.await("it to know that it is cut off")
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> refusalOfExport(channel, range).filter(CutOffNodeTest::leadsToOthers),
                Optional::isPresent);
        var refused = refusalOfCapture(channel, begin);
        assertTrue(refused.filter(CutOffNodeTest::leadsToOthers).isPresent(), refused.toString());
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static int rangeOfTheTable(SmallCluster cluster) {
    try (var control = cluster.control()) {
      var tables = control.call(stub -> stub.listTables(ListTablesRequest.getDefaultInstance()));
      return tables.getTables(0).getRanges(0).getId();
    }
  }

  private static boolean leadsToOthers(ErrorCode code) {
    return code == ErrorCode.NOT_READY || code == ErrorCode.UNAVAILABLE;
  }

  private static Optional<ErrorCode> refusalOfExport(Channel channel, int range) {
    try {
      var request = ExportRequest.newBuilder().setRange(range).build();
      ExportGrpc.newBlockingStub(channel)
          .withDeadlineAfter(5, TimeUnit.SECONDS) // before it knows it asks ZooKeeper, for longer
          .rows(request)
          .forEachRemaining(part -> {});
      return Optional.empty();
    } catch (StatusRuntimeException e) {
      return Optional.of(Statuses.fromThrowable(e).code());
    }
  }

  private static Optional<ErrorCode> refusalOfCapture(Channel channel, BeginCapture begin) {
    var ended = new CompletableFuture<Optional<ErrorCode>>();
    CaptureGrpc.newStub(channel)
        .take(
            new StreamObserver<>() {
              @Override
              public void onNext(CaptureNews news) {}

              @Override
              public void onError(Throwable failed) {
                ended.complete(Optional.of(Statuses.fromThrowable(failed).code()));
              }

              @Override
              public void onCompleted() {
                ended.complete(Optional.empty());
              }
            })
        .onNext(CaptureOrder.newBuilder().setBegin(begin).build());
    return ended.join();
  }
}
