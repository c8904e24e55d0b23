package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.concurrent.CompletableFuture;

/** The pulls of a table that belongs to a session of its own. */
record RemoteReader(RemoteTable table) implements Reader {
  @Override
  public String name() {
    return table.name();
  }

  @Override
  public TableSpec spec() {
    return table.spec();
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys) {
    return table.pull(keys);
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, float[] into) {
    return table.pull(keys, into);
  }

  @Override
  public CompletableFuture<Rows> pull(long[] keys, long[] into) {
    return table.pull(keys, into);
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys) {
    return table.pull(keys);
  }

  @Override
  public CompletableFuture<Rows> pull(KeyRange keys, float[] into) {
    return table.pull(keys, into);
  }

  @Override
  public CompletableFuture<Rows> pullAll() {
    return table.pullAll();
  }

  @Override
  public Reader atLeast(int clocks) {
    if (clocks < 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          clocks + " clocks: the least is 0, which is to wait for none");
    }
    return new RemoteReader(table.atLeast(clocks));
  }

  @Override
  public Reader latest() {
    return new RemoteReader(table.latest());
  }
}
