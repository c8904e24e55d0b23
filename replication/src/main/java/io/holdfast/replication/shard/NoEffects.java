package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainEffects;
import io.holdfast.replication.chain.ChainMessage;

/** While a log is read: the chain says nothing then, and commits nothing. */
enum NoEffects implements ChainEffects {
  INSTANCE;

  @Override
  public void send(int node, ChainMessage message) {}

  @Override
  public void truncate(long fromLsn) {}

  @Override
  public void commit(long lsn) {}

  @Override
  public void activate(int epoch) {}

  @Override
  public void copyTo(int node) {}

  @Override
  public void promote(int epoch, int node) {}

  @Override
  public void fetchConfiguration(int epoch) {}

  @Override
  public void corrupt(String reason) {}
}
