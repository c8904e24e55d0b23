package io.holdfast.replication.shard;

/** Of a node that is alone: there is nobody to agree with. */
enum AloneCoordination implements Coordination {
  INSTANCE;

  @Override
  public void activate(int range, int epoch) {}

  @Override
  public void promote(int range, int epoch, int node) {}

  @Override
  public void quarantined(int range, int epoch) {}

  @Override
  public void suspect(int range, int epoch, int successor) {}

  @Override
  public void cut(int range, int epoch, int left) {}

  @Override
  public void fetchConfiguration() {}

  @Override
  public boolean isLeased() {
    return true;
  }
}
