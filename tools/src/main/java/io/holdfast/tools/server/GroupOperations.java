package io.holdfast.tools.server;

import io.grpc.StatusRuntimeException;
import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Tables;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.Roster;
import io.holdfast.v1.ApplyRosterReply;
import io.holdfast.v1.ApplyRosterRequest;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.ControlGrpc.ControlBlockingStub;
import io.holdfast.v1.DescribeGroupRequest;
import io.holdfast.v1.ExpelWorkerRequest;
import io.holdfast.v1.GroupNow;
import io.holdfast.v1.Job;
import io.holdfast.v1.JobGroup;
import io.holdfast.v1.RangeRoster;
import io.holdfast.v1.SetGroupRequest;
import io.holdfast.wire.Statuses;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;

/** What is asked of jobs' groups, by way of any node. Calls block. */
final class GroupOperations {
  private static final long NODE_SECONDS = 5;

  private final Node node;
  private final RosterCarrier carrier;

  GroupOperations(Node node, RosterCarrier carrier) {
    this.node = node;
    this.carrier = carrier;
  }

  List<Job> jobs() {
    return node.authority().refresh().getJobsList().stream().map(node::here).toList();
  }

  Job set(SetGroupRequest request) {
    var state =
        node.authority()
            .change(
                s ->
                    Tables.setGroup(
                        s,
                        request.getJob(),
                        request.getLostWorkers(),
                        request.getLostAfterMillis()));
    return node.here(Tables.existingJob(state, request.getJob()));
  }

  JobGroup describe(DescribeGroupRequest request) {
    return atHead(
        request.getJob(),
        home -> Node.await(node.shardOf(home).ask(shard -> shard.describeGroup(home))),
        stub -> stub.describeGroup(request));
  }

  JobGroup expel(ExpelWorkerRequest request) {
    return atHead(
        request.getJob(),
        home ->
            Node.await(
                node.shardOf(home)
                    .ask(
                        shard -> {
                          shard.expel(home, request.getRank());
                          return shard.describeGroup(home);
                        })),
        stub -> stub.expelWorker(request));
  }

  private JobGroup atHead(
      String name, IntFunction<GroupNow> here, Function<ControlBlockingStub, JobGroup> there) {
    var state = node.authority().refresh();
    var job = Tables.existingJob(state, name);
    var serving = Chains.serving(job.getHome());
    if (serving.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "job '" + name + "' has no home range that serves: bring nodes back, then try again");
    }
    int head = serving.get(0).getNode();
    if (head == node.authority().node()) {
      return JobGroup.newBuilder()
          .setJob(node.here(job))
          .setGroup(here.apply(job.getHome().getId()))
          .build();
    }
    try {
      String address = Chains.node(state, head).orElseThrow().getAddress();
      return there.apply(
          ControlGrpc.newBlockingStub(carrier.channel(address))
              .withDeadlineAfter(NODE_SECONDS, TimeUnit.SECONDS));
    } catch (StatusRuntimeException e) {
      throw Statuses.fromThrowable(e);
    }
  }

  /** Of ranges that this node heads. */
  ApplyRosterReply apply(ApplyRosterRequest request) {
    var roster = Roster.read(request.getRoster().asReadOnlyByteBuffer());
    var reply = ApplyRosterReply.newBuilder();
    carrier
        .apply(roster, request.getRangesList())
        .forEach(
            (range, answer) ->
                reply.addRanges(
                    RangeRoster.newBuilder()
                        .setRange(range)
                        .setVersion(answer.version())
                        .setEnded(answer.ended())
                        .addAllClocks(answer.clocks())));
    return reply.build();
  }
}
