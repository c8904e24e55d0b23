package io.holdfast.tools.command;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.v1.AcceptLossReply;
import io.holdfast.v1.AcceptLossRequest;
import io.holdfast.v1.ChangeNodeRequest;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.MoveRangeRequest;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.Range;
import io.holdfast.v1.ScrubRequest;
import io.holdfast.v1.ScrubResult;
import io.holdfast.v1.SplitRangeReply;
import io.holdfast.v1.SplitRangeRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** A node that answers questions about a cluster from what the test put into it. */
final class FakeControl extends ControlGrpc.ControlImplBase implements AutoCloseable {
  private final Server server;
  private volatile ClusterStatusReply status;
  private volatile List<ScrubResult> scrub = List.of();
  private volatile UnaryOperator<ClusterStatusReply> afterEach = UnaryOperator.identity();
  private final List<Object> orders = Collections.synchronizedList(new ArrayList<>());

  FakeControl(ClusterStatusReply status) throws IOException {
    this.status = status;
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(this)
            .build()
            .start();
  }

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  /** What the status becomes each time that it was asked for. */
  void afterEachStatus(UnaryOperator<ClusterStatusReply> change) {
    afterEach = change;
  }

  void scrubFinds(ScrubResult... results) {
    scrub = List.of(results);
  }

  /** Requests that change something. */
  List<Object> orders() {
    return List.copyOf(orders);
  }

  @Override
  public void clusterStatus(ClusterStatusRequest request, StreamObserver<ClusterStatusReply> to) {
    answer(to, status);
    status = afterEach.apply(status);
  }

  @Override
  public void changeNode(ChangeNodeRequest request, StreamObserver<NodeInfo> to) {
    orders.add(request);
    ClusterStatusReply.Builder changed = status.toBuilder();
    for (NodeInfo.Builder node : changed.getNodesBuilderList()) {
      if (node.getNode() == request.getNode()) {
        node.setWanted(request.getWanted());
        NodeInfo found = node.build();
        status = changed.build();
        answer(to, found);
        return;
      }
    }
    to.onError(Status.NOT_FOUND.asException());
  }

  @Override
  public void moveRange(MoveRangeRequest request, StreamObserver<Range> to) {
    orders.add(request);
    answer(to, Range.newBuilder().setId(request.getRange()).build());
  }

  @Override
  public void splitRange(SplitRangeRequest request, StreamObserver<SplitRangeReply> to) {
    orders.add(request);
    answer(to, SplitRangeReply.getDefaultInstance());
  }

  @Override
  public void acceptLoss(AcceptLossRequest request, StreamObserver<AcceptLossReply> to) {
    orders.add(request);
    answer(to, AcceptLossReply.newBuilder().setLost("what node 2 had above LSN 17").build());
  }

  @Override
  public void scrub(ScrubRequest request, StreamObserver<ScrubResult> to) {
    scrub.forEach(to::onNext);
    to.onCompleted();
  }

  private static <T> void answer(StreamObserver<T> to, T reply) {
    to.onNext(reply);
    to.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
