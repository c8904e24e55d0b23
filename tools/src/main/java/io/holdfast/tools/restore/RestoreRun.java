package io.holdfast.tools.restore;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.v1.AdoptRestoreReply;
import io.holdfast.v1.AdoptRestoreRequest;
import io.holdfast.v1.BeginRestoreRequest;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.Job;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.RestoreGrpc;
import io.holdfast.v1.RestoreGrpc.RestoreBlockingStub;
import io.holdfast.v1.RestoreState;
import io.holdfast.v1.RestoreToken;
import io.holdfast.v1.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a cluster restore what a {@link RestorePlan} says. Nothing is to be seen of it before all of
 * it is there; where this fails, or its process dies, the nodes drop what they have taken. For one
 * thread.
 */
public final class RestoreRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreRun.class);

  /** How often ranges of nodes that died meanwhile are given to others. */
  private static final int MOST_CHANGES = 5;

  /** So long a node may be silent that is not known to have died; and any call may take so long. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long PAUSE_MILLIS = 500;

  private final ControlCalls cluster;
  private final ImportRangesRequest source;
  private final Progress progress;
  private final List<NodeImport> imports = new ArrayList<>();

  /**
   * @param cluster any nodes of it
   * @param source which snapshot, as nodes reach it; its token names the restore
   * @param progress bytes that the nodes have fetched, of all that they have to
   */
  public RestoreRun(ControlCalls cluster, ImportRangesRequest source, Progress progress) {
    this.cluster = cluster;
    this.source = source;
    this.progress = progress;
  }

  /**
   * Restores. Blocks until what was restored serves.
   *
   * @return the tables as they are now
   * @throws HoldfastException why it cannot be: nothing is left of it then, but for
   *     DEADLINE_EXCEEDED, where it is restored and does not serve yet
   */
  public List<Table> execute(BeginRestoreRequest wanted) {
    boolean adopted = false;
    try {
      var begun = wanted.toBuilder().setToken(source.getToken()).build();
      var state = call(stub -> stub.beginRestore(begun));
      long since = System.nanoTime();
      for (int changes = 0; ; ) {
        var failure = importAll(state);
        if (failure == null) {
          try {
            var tables = adopt(state).getTablesList();
            adopted = true;
            return tables;
          } catch (HoldfastException e) {
            adopted = e.code() == ErrorCode.DEADLINE_EXCEEDED;
            failure = e;
          }
        }
        boolean isHopeless =
            changes == MOST_CHANGES || System.nanoTime() - since > PATIENCE.toNanos();
        if (isHopeless || !mayPass(failure)) {
          throw failure;
        }
        LOG.warn("{}: going on when it does, or without it", failure.getMessage());
        var next = renewed(state);
        if (!next.getRestore().equals(state.getRestore())) {
          changes++;
          since = System.nanoTime();
        }
        state = next;
      }
    } finally {
      if (!adopted) {
        abandon();
      }
    }
  }

  /** Ranges of nodes that are known to have died by now are others'. */
  private RestoreState renewed(RestoreState state) {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      return call(stub -> stub.renewRestore(token()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "interrupted", e);
    } catch (HoldfastException e) {
      if (e.code() == ErrorCode.UNAVAILABLE) {
        return state; // so are those who could say; asked again with the next failure
      }
      throw e;
    }
  }

  private static boolean mayPass(HoldfastException failure) {
    return failure.code() == ErrorCode.UNAVAILABLE || failure.code() == ErrorCode.NOT_READY;
  }

  private RestoreToken token() {
    return RestoreToken.newBuilder().setToken(source.getToken()).build();
  }

  private <T> T call(Function<RestoreBlockingStub, T> method) {
    return cluster.ask(
        (ManagedChannel channel) ->
            method.apply(
                RestoreGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** Has every node take what it has not taken. Null where all have. */
  private @Nullable HoldfastException importAll(RestoreState state) {
    var running = new ArrayList<NodeImport>();
    for (NodeInfo node : state.getNodesList()) {
      running.add(new NodeImport(node, source, () -> show(running)));
    }
    imports.addAll(running);
    running.forEach(NodeImport::begin);
    HoldfastException first = null;
    for (var node : running) {
      var failure = node.await();
      // One that shows that it is of no use to go on counts more.
      if (failure != null && (first == null || mayPass(first))) {
        first = failure;
      }
      if (first != null && !mayPass(first)) {
        break;
      }
    }
    return first;
  }

  private void show(List<NodeImport> running) {
    long done = 0;
    long total = 0;
    for (var node : running) {
      done += node.bytes();
      total += node.totalBytes();
    }
    progress.at(done, total);
  }

  private AdoptRestoreReply adopt(RestoreState state) {
    var request = AdoptRestoreRequest.newBuilder().setToken(source.getToken());
    state.getRestore().getTablesList().stream().map(Table::getId).forEach(request::addTables);
    state.getRestore().getJobsList().stream().map(Job::getId).forEach(request::addJobs);
    return call(stub -> stub.adoptRestore(request.build()));
  }

  private void abandon() {
    try {
      call(stub -> stub.abandonRestore(token()));
    } catch (HoldfastException | StatusRuntimeException e) {
      LOG.debug("the nodes give the restore up by themselves: {}", e.getMessage());
    }
  }

  /** Ends the streams to the nodes, which then drop what was not adopted. */
  @Override
  public void close() {
    imports.forEach(NodeImport::close);
  }
}
