package io.holdfast.replication.shard;

import io.holdfast.store.log.LogException;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.ShardLog;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A real log on a disk that is full while the test says so. */
record FillableLog(ShardLog log, BooleanSupplier full) implements ShardLog {
  @Override
  public Reservation reserve(int maxPayload) {
    if (full.getAsBoolean()) {
      throw new LogException(LogException.Kind.DISK_FULL, "the test's disk is full");
    }
    return log.reserve(maxPayload);
  }

  @Override
  public int maxPayload() {
    return log.maxPayload();
  }

  @Override
  public long lastIndex() {
    return log.lastIndex();
  }

  @Override
  public long durableIndex() {
    return log.durableIndex();
  }

  @Override
  public long sync() {
    return log.sync();
  }

  @Override
  public void replay(long fromIndex, Consumer<LogRecord> visitor) {
    log.replay(fromIndex, visitor);
  }

  @Override
  public void release(long beforeIndex) {
    log.release(beforeIndex);
  }

  @Override
  public long firstIndex() {
    return log.firstIndex();
  }

  @Override
  public long bytesFrom(long fromIndex) {
    return log.bytesFrom(fromIndex);
  }

  @Override
  public long diskBytes() {
    return log.diskBytes();
  }

  @Override
  public void close() {
    log.close();
  }
}
