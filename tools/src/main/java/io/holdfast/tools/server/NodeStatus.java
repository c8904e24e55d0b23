package io.holdfast.tools.server;

import io.holdfast.replication.shard.RangeSummary;
import io.holdfast.replication.shard.Shard;
import io.holdfast.replication.shard.ShardCounters;
import io.holdfast.store.disk.DataDirectory;
import io.holdfast.store.rows.RowStore;
import io.holdfast.v1.RangeStatus;
import io.holdfast.v1.ShardStatus;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.TableStatus;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Reads what a node can say of itself. */
record NodeStatus(DataDirectory data, RowStore rows, DiskGate gate, long node, String version) {

  StatusReply read(Authority authority, RangeDirectory directory) {
    var catalog = authority.state();
    var refusal = gate.refusal();
    var runtime = ManagementFactory.getRuntimeMXBean();
    var reply =
        StatusReply.newBuilder()
            .setNode(node)
            .setNodeId(authority.node())
            .setController(authority.isController())
            .setStoreId(data.storeId().toString())
            .setVersion(version)
            .setUptimeMillis(runtime.getUptime())
            .setCacheBudgetBytes(rows.cacheBudgetBytes())
            .setDiskFreeBytes(data.freeBytes())
            .setAcceptingPushes(refusal == null)
            .setRefusal(refusal == null ? "" : String.valueOf(refusal.getMessage()))
            .setProcessId((int) ProcessHandle.current().pid())
            .setProcessCpuMicros(
                ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos()
                    / 1_000);
    Map<Integer, RangeSummary> ranges = new HashMap<>();
    for (var shard : directory.shards()) {
      reply.addShards(status(Node.await(shard.ask(Shard::counters))));
      Node.await(shard.ask(Shard::summaries)).forEach(range -> ranges.put(range.range(), range));
    }
    for (var job : catalog.getJobsList()) {
      var summary = ranges.get(job.getHome().getId());
      if (summary != null) {
        reply.addHomes(status(summary));
      }
    }
    for (var table : catalog.getTablesList()) {
      var status = TableStatus.newBuilder().setJob(table.getJob()).setTable(table.getName());
      for (var range : table.getRangesList()) {
        var summary = ranges.get(range.getId());
        if (summary != null) {
          status.addRanges(status(summary));
        }
      }
      reply.addTables(status);
    }
    return reply.build();
  }

  private static ShardStatus status(ShardCounters counters) {
    return ShardStatus.newBuilder()
        .setShard(counters.shard())
        .setLastIndex(counters.lastIndex())
        .setDurableIndex(counters.durableIndex())
        .setLogBytes(counters.logBytes())
        .setReplayBytes(counters.replayBytes())
        .setPushes(counters.pushes())
        .setPulls(counters.pulls())
        .setParkedPulls(counters.parked())
        .setCheckpoints(counters.checkpoints())
        .setPushedBytes(counters.pushedBytes())
        .setForwardedBytes(counters.forwardedBytes())
        .setCombinedPushes(counters.combinedPushes())
        .setPulledBytes(counters.pulledBytes())
        .build();
  }

  private static RangeStatus status(RangeSummary range) {
    return RangeStatus.newBuilder()
        .setRange(range.range())
        .setEpoch(range.epoch())
        .setLastLsn(range.lastLsn())
        .setCommittedLsn(range.committedLsn())
        .setCheckpointLsn(range.checkpointLsn())
        .setCachedBytes(range.cachedBytes())
        .setDirtyBytes(range.dirtyBytes())
        .setMinClock(range.minClock())
        .setMaxClock(range.maxClock())
        .setWorkers(range.workers())
        .setState(range.state())
        .setDurableLsn(range.durableLsn())
        .setHead(range.head())
        .setTail(range.tail())
        .setLastRecordEpoch(range.lastRecordEpoch())
        .build();
  }
}
