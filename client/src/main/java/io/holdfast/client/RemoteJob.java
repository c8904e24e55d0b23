package io.holdfast.client;

import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.Route;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.ControlGrpc.ControlBlockingStub;
import io.holdfast.v1.CreateTableRequest;
import io.holdfast.v1.ExpelWorkerRequest;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SetGroupRequest;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A job, and the sessions of those who push and pull outside of its group. */
final class RemoteJob implements Job {
  private final RemoteCluster cluster;
  private final int id;
  private final String name;
  private @Nullable Session outside;
  private @Nullable Session reading;

  RemoteJob(RemoteCluster cluster, io.holdfast.v1.Job opened) {
    this.cluster = cluster;
    this.id = opened.getId();
    this.name = opened.getName();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Table table(String table, TableSpec spec) {
    return open(outside(), create(table, spec));
  }

  @Override
  public Table table(String table) {
    return open(outside(), describe(table));
  }

  Reader reader(String table) {
    return new RemoteReader(open(reading(), describe(table)));
  }

  @Override
  public void dropTable(String table) {
    cluster.checkOpen();
    var ignored =
        cluster
            .control()
            .call(cluster.options().callTimeout(), stub -> stub.dropTable(tableName(table)));
  }

  @Override
  public void lostWorkers(LostWorkers policy, Duration lostAfter) {
    cluster.checkOpen();
    var request =
        SetGroupRequest.newBuilder()
            .setJob(name)
            .setLostWorkers(io.holdfast.v1.LostWorkers.valueOf(policy.name()))
            .setLostAfterMillis(LostWorkers.millis(lostAfter))
            .build();
    var ignored =
        cluster.control().call(cluster.options().callTimeout(), stub -> stub.setGroup(request));
  }

  @Override
  public void expel(int rank) {
    cluster.checkOpen();
    var request = ExpelWorkerRequest.newBuilder().setJob(name).setRank(rank).build();
    var ignored =
        cluster.control().call(cluster.options().callTimeout(), stub -> stub.expelWorker(request));
  }

  @Override
  public List<QueueStatus> queues() {
    Session session = outside();
    return RemoteQueue.status(
        session.await(session.queue(QueueRequest.newBuilder().setStatus(true).build())));
  }

  @Override
  public Worker join(WorkerId worker, Resume resume) {
    cluster.checkOpen();
    var session = new Session(cluster, id, worker.rank(), worker.groupSize(), home(), homeNow());
    cluster.opened(session);
    try {
      session.membership().joinHome(resume);
      return new RemoteWorker(cluster, this, session, worker, resume);
    } catch (RuntimeException e) {
      cluster.closed(session);
      session.close(System.nanoTime());
      throw e;
    }
  }

  io.holdfast.v1.Table create(String table, TableSpec spec) {
    cluster.checkOpen();
    return cluster
        .control()
        .call(
            cluster.options().callTimeout(),
            stub ->
                stub.createTable(
                    CreateTableRequest.newBuilder()
                        .setJob(name)
                        .setTable(table)
                        .setDefinition(Definitions.toProto(spec))
                        .build()));
  }

  io.holdfast.v1.Table describe(String table) {
    cluster.checkOpen();
    return cluster
        .control()
        .call(cluster.options().callTimeout(), stub -> stub.describeTable(tableName(table)));
  }

  /** A table as a session sees it; blocks until its nodes have welcomed the session. */
  RemoteTable open(Session session, io.holdfast.v1.Table table) {
    var source =
        new RouteSource(
            "table " + table.getId(),
            () -> {
              var now =
                  cluster.control().lookUp(stub -> stub.describeTable(tableName(table.getName())));
              if (now.getId() != table.getId()) {
                throw new HoldfastException(
                    ErrorCode.UNKNOWN_TABLE, "the table was dropped and made again; open it again");
              }
              heard(now);
              return routes(now);
            });
    heard(table);
    RangeSet ranges = session.ranges(table.getId(), source, routes(table));
    TableSpec spec = Definitions.fromProto(table.getDefinition());
    if (session.isAnonymous()) {
      session.membership().connect(ranges);
    } else {
      if (spec.consistency() instanceof Consistency.Sequential) {
        session.keepInStep();
      }
      session.membership().join(ranges);
    }
    return new RemoteTable(cluster, session, ranges, tableName(table.getName()), spec);
  }

  private void heard(io.holdfast.v1.Table table) {
    cluster.consistencies().heard(tableName(table.getName()), table);
  }

  /** The session outside the group leaves what it has joined. */
  synchronized void leave() {
    Session session = outside;
    if (session == null || session.incarnation() == 0) {
      return;
    }
    var group = new CallGroup<Boolean>(cluster.executor(), done -> true);
    session.leaveHome(group);
    session.leaveTables(group);
    group.done();
    try {
      var ignored =
          group.future().get(cluster.options().closeTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      // It counts in no clock: a range that still knows it loses nothing.
    }
  }

  private synchronized Session outside() {
    cluster.checkOpen();
    // Whoever opens a table again after an unknown outcome goes on as somebody else.
    if (outside == null || outside.isDamaged()) {
      outside = anonymous();
    }
    return outside;
  }

  /** Of those who only read: no push of others can do it harm. */
  private synchronized Session reading() {
    cluster.checkOpen();
    if (reading == null) {
      reading = anonymous();
    }
    return reading;
  }

  private Session anonymous() {
    int rank = ThreadLocalRandom.current().nextInt() | Integer.MIN_VALUE;
    var session = new Session(cluster, id, rank, 0, home(), homeNow());
    cluster.opened(session);
    return session;
  }

  private RouteSource home() {
    return new RouteSource(
        "home " + id, () -> routes(List.of(cluster.control().lookUp(this::open).getHome())));
  }

  private Route homeNow() {
    var opened = cluster.control().call(cluster.options().callTimeout(), this::open);
    return routes(List.of(opened.getHome())).get(0);
  }

  private io.holdfast.v1.Job open(ControlBlockingStub stub) {
    return stub.openJob(OpenJobRequest.newBuilder().setName(name).setId(id).build());
  }

  private TableName tableName(String table) {
    return TableName.newBuilder().setJob(name).setTable(table).build();
  }

  private List<Route> routes(io.holdfast.v1.Table table) {
    return routes(table.getRangesList());
  }

  private List<Route> routes(List<io.holdfast.v1.Range> ranges) {
    List<Route> routes = ranges.stream().map(RouteSource::route).toList();
    routes.forEach(route -> cluster.nodes().learn(route.readers()));
    return routes;
  }
}
