package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.AcceptLossReply;
import io.holdfast.v1.AcceptLossRequest;
import io.holdfast.v1.ApplyRosterReply;
import io.holdfast.v1.ApplyRosterRequest;
import io.holdfast.v1.ChangeNodeRequest;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.CreateTableRequest;
import io.holdfast.v1.DescribeGroupRequest;
import io.holdfast.v1.DigestReply;
import io.holdfast.v1.DigestRequest;
import io.holdfast.v1.DropJobReply;
import io.holdfast.v1.DropJobRequest;
import io.holdfast.v1.DropTableReply;
import io.holdfast.v1.EvaluateReply;
import io.holdfast.v1.EvaluateRequest;
import io.holdfast.v1.ExpelWorkerRequest;
import io.holdfast.v1.Job;
import io.holdfast.v1.JobGroup;
import io.holdfast.v1.ListJobsReply;
import io.holdfast.v1.ListJobsRequest;
import io.holdfast.v1.ListTablesReply;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.v1.MapVersion;
import io.holdfast.v1.MoveRangeRequest;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.Range;
import io.holdfast.v1.ScrubRequest;
import io.holdfast.v1.ScrubResult;
import io.holdfast.v1.SetConsistencyRequest;
import io.holdfast.v1.SetGroupRequest;
import io.holdfast.v1.SplitRangeReply;
import io.holdfast.v1.SplitRangeRequest;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.StatusRequest;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableName;
import io.holdfast.v1.WatchMapRequest;
import io.holdfast.wire.Statuses;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jobs, tables and status over gRPC: calls {@link Node} and turns its errors into statuses. */
final class ControlService extends ControlGrpc.ControlImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(ControlService.class);

  private final Node node;

  private final ClusterOperations cluster;
  private final GroupOperations groups;
  private final MapWatches watches;

  ControlService(Node node, ClusterOperations cluster, GroupOperations groups, MapWatches watches) {
    this.node = node;
    this.cluster = cluster;
    this.groups = groups;
    this.watches = watches;
  }

  static <T> void answer(StreamObserver<T> to, Supplier<T> call) {
    try {
      to.onNext(call.get());
      to.onCompleted();
    } catch (HoldfastException e) {
      to.onError(Statuses.toStatus(e));
    } catch (RuntimeException e) {
      LOG.error("control call failed: {}", e.getMessage(), e);
      to.onError(
          Statuses.toStatus(new HoldfastException(ErrorCode.INTERNAL, String.valueOf(e), e)));
    }
  }

  @Override
  public void openJob(OpenJobRequest request, StreamObserver<Job> to) {
    answer(
        to,
        () ->
            request.getId() == 0
                ? node.openJob(request.getName())
                : node.sameJob(request.getName(), request.getId()));
  }

  @Override
  public void dropJob(DropJobRequest request, StreamObserver<DropJobReply> to) {
    answer(
        to,
        () -> {
          node.dropJob(request.getName());
          return DropJobReply.getDefaultInstance();
        });
  }

  @Override
  public void createTable(CreateTableRequest request, StreamObserver<Table> to) {
    answer(
        to, () -> node.createTable(request.getJob(), request.getTable(), request.getDefinition()));
  }

  @Override
  public void describeTable(TableName request, StreamObserver<Table> to) {
    answer(to, () -> node.table(request));
  }

  @Override
  public void listTables(ListTablesRequest request, StreamObserver<ListTablesReply> to) {
    answer(
        to, () -> ListTablesReply.newBuilder().addAllTables(node.tables(request.getJob())).build());
  }

  @Override
  public void dropTable(TableName request, StreamObserver<DropTableReply> to) {
    answer(
        to,
        () -> {
          node.dropTable(request);
          return DropTableReply.getDefaultInstance();
        });
  }

  @Override
  public void setConsistency(SetConsistencyRequest request, StreamObserver<Table> to) {
    answer(to, () -> node.setConsistency(request.getTable(), request.getConsistency()));
  }

  @Override
  public void evaluate(EvaluateRequest request, StreamObserver<EvaluateReply> to) {
    answer(to, () -> node.evaluate(request.getTable(), request.getFunction()));
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsReply> to) {
    answer(to, () -> ListJobsReply.newBuilder().addAllJobs(groups.jobs()).build());
  }

  @Override
  public void setGroup(SetGroupRequest request, StreamObserver<Job> to) {
    answer(to, () -> groups.set(request));
  }

  @Override
  public void describeGroup(DescribeGroupRequest request, StreamObserver<JobGroup> to) {
    answer(to, () -> groups.describe(request));
  }

  @Override
  public void expelWorker(ExpelWorkerRequest request, StreamObserver<JobGroup> to) {
    answer(to, () -> groups.expel(request));
  }

  @Override
  public void applyRoster(ApplyRosterRequest request, StreamObserver<ApplyRosterReply> to) {
    answer(to, () -> groups.apply(request));
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusReply> to) {
    answer(to, node::status);
  }

  @Override
  public void watchMap(WatchMapRequest request, StreamObserver<MapVersion> to) {
    watches.watch((ServerCallStreamObserver<MapVersion>) to);
  }

  @Override
  public void clusterStatus(ClusterStatusRequest request, StreamObserver<ClusterStatusReply> to) {
    answer(to, cluster::status);
  }

  @Override
  public void changeNode(ChangeNodeRequest request, StreamObserver<NodeInfo> to) {
    answer(to, () -> cluster.changeNode(request.getNode(), request.getWanted()));
  }

  @Override
  public void moveRange(MoveRangeRequest request, StreamObserver<Range> to) {
    answer(to, () -> cluster.move(request.getRange(), request.getFrom(), request.getTo()));
  }

  @Override
  public void splitRange(SplitRangeRequest request, StreamObserver<SplitRangeReply> to) {
    answer(to, () -> cluster.split(request.getRange(), request.getKey()));
  }

  @Override
  public void acceptLoss(AcceptLossRequest request, StreamObserver<AcceptLossReply> to) {
    answer(to, () -> cluster.acceptLoss(request.getRange(), request.getNode()));
  }

  @Override
  public void digest(DigestRequest request, StreamObserver<DigestReply> to) {
    answer(to, () -> cluster.digest(request.getRange(), request.getLsn()));
  }

  @Override
  public void scrub(ScrubRequest request, StreamObserver<ScrubResult> to) {
    try {
      cluster.scrub(request.getJob(), request.getTable(), to::onNext);
      to.onCompleted();
    } catch (HoldfastException e) {
      to.onError(Statuses.toStatus(e));
    }
  }
}
