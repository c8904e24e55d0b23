package io.holdfast.tools.command;

import io.holdfast.tools.display.ByteCount;
import io.holdfast.v1.RangeStatus;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.TableStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What one node says of itself, as {@code status} shows it. */
final class NodeView {
  private NodeView() {}

  static Map<String, Object> document(String address, StatusReply reply) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("address", address);
    document.put("node", Long.toUnsignedString(reply.getNode()));
    document.put("storeId", reply.getStoreId());
    document.put("version", reply.getVersion());
    document.put("processId", reply.getProcessId());
    document.put("uptimeMillis", reply.getUptimeMillis());
    document.put("processCpuMicros", reply.getProcessCpuMicros());
    document.put("acceptingPushes", reply.getAcceptingPushes());
    document.put("refusal", reply.getRefusal());
    document.put("cacheBudgetBytes", reply.getCacheBudgetBytes());
    document.put("diskFreeBytes", reply.getDiskFreeBytes());
    document.put("shards", reply.getShardsList().stream().map(NodeView::shard).toList());
    document.put("tables", reply.getTablesList().stream().map(NodeView::table).toList());
    return document;
  }

  private static Map<String, Object> shard(io.holdfast.v1.ShardStatus shard) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("shard", shard.getShard());
    document.put("lastIndex", shard.getLastIndex());
    document.put("durableIndex", shard.getDurableIndex());
    document.put("logBytes", shard.getLogBytes());
    document.put("replayBytes", shard.getReplayBytes());
    document.put("pushes", shard.getPushes());
    document.put("pulls", shard.getPulls());
    document.put("parkedPulls", shard.getParkedPulls());
    document.put("checkpoints", shard.getCheckpoints());
    document.put("pushedBytes", shard.getPushedBytes());
    document.put("forwardedBytes", shard.getForwardedBytes());
    document.put("combinedPushes", shard.getCombinedPushes());
    document.put("pulledBytes", shard.getPulledBytes());
    return document;
  }

  private static Map<String, Object> table(TableStatus table) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", table.getJob());
    document.put("table", table.getTable());
    document.put("ranges", table.getRangesList().stream().map(NodeView::range).toList());
    return document;
  }

  static Map<String, Object> range(RangeStatus range) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("range", range.getRange());
    document.put("state", range.getState());
    document.put("epoch", range.getEpoch());
    document.put("lastLsn", range.getLastLsn());
    document.put("committedLsn", range.getCommittedLsn());
    document.put("durableLsn", range.getDurableLsn());
    document.put("checkpointLsn", range.getCheckpointLsn());
    document.put("cachedBytes", range.getCachedBytes());
    document.put("dirtyBytes", range.getDirtyBytes());
    document.put("minClock", range.getMinClock());
    document.put("maxClock", range.getMaxClock());
    document.put("workers", range.getWorkers());
    return document;
  }

  static String text(String address, StatusReply reply) {
    var text = new StringBuilder();
    text.append(
        String.format(
            "node %s  holdfast %s  process %d  up %s  pushes %s%n",
            address,
            reply.getVersion(),
            reply.getProcessId(),
            Duration.ofSeconds(reply.getUptimeMillis() / 1_000),
            reply.getAcceptingPushes() ? "accepted" : "REFUSED: " + reply.getRefusal()));
    text.append(
        String.format(
            "cache %s, disk free %s%n",
            ByteCount.text(reply.getCacheBudgetBytes()), ByteCount.text(reply.getDiskFreeBytes())));
    for (var shard : reply.getShardsList()) {
      text.append(
          String.format(
              "shard %d: log %s, %,d records of which %,d not on disk, %s to replay; %,d pushes, %,d"
                  + " pulls (%,d waiting)%n",
              shard.getShard(),
              ByteCount.text(shard.getLogBytes()),
              shard.getLastIndex(),
              shard.getLastIndex() - shard.getDurableIndex(),
              ByteCount.text(shard.getReplayBytes()),
              shard.getPushes(),
              shard.getPulls(),
              shard.getParkedPulls()));
    }
    for (TableStatus table : reply.getTablesList()) {
      text.append(String.format("table %s of job %s%n", table.getTable(), table.getJob()));
      text.append(
          String.format(
              "  %6s %6s %12s %12s %12s %10s %10s %12s %s%n",
              "RANGE",
              "EPOCH",
              "LAST",
              "COMMITTED",
              "CHECKPOINT",
              "CACHED",
              "DIRTY",
              "CLOCKS",
              "STATE"));
      for (RangeStatus range : table.getRangesList()) {
        text.append(
            String.format(
                "  %6d %6d %12d %12d %12d %10s %10s %12s %s%n",
                range.getRange(),
                range.getEpoch(),
                range.getLastLsn(),
                range.getCommittedLsn(),
                range.getCheckpointLsn(),
                ByteCount.text(range.getCachedBytes()),
                ByteCount.text(range.getDirtyBytes()),
                range.getMinClock() + ".." + range.getMaxClock(),
                range.getState()));
      }
    }
    return text.toString();
  }
}
