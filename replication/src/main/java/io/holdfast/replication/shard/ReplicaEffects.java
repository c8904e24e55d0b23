package io.holdfast.replication.shard;

import io.holdfast.replication.chain.ChainEffects;
import io.holdfast.replication.chain.ChainMessage;

/** Carries out what the chain of one replica wants. Belongs to the shard's thread. */
final class ReplicaEffects implements ChainEffects {
  private final RangeReplica replica;
  private final ChainDriver driver;

  ReplicaEffects(RangeReplica replica, ChainDriver driver) {
    this.replica = replica;
    this.driver = driver;
  }

  @Override
  public void send(int node, ChainMessage message) {
    driver.peers().send(node, replica.range(), message);
  }

  @Override
  public void truncate(long fromLsn) {
    driver.truncate(replica, fromLsn);
  }

  @Override
  public void commit(long lsn) {
    driver.touch(replica);
  }

  @Override
  public void activate(int epoch) {
    driver.coordination().activate(replica.range(), epoch);
  }

  @Override
  public void copyTo(int node) {
    driver.copyTo(replica, node);
  }

  @Override
  public void promote(int epoch, int node) {
    driver.coordination().promote(replica.range(), epoch, node);
  }

  @Override
  public void fetchConfiguration(int epoch) {
    driver.coordination().fetchConfiguration();
  }

  @Override
  public void corrupt(String reason) {
    driver.quarantine(replica, reason);
  }
}
