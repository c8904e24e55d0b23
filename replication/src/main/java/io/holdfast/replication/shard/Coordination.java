package io.holdfast.replication.shard;

/**
 * What shards ask of ZooKeeper. Called on shards' threads; nothing blocks. The outcome comes back
 * as a new configuration, or as a failure by which the shard asks again.
 */
public interface Coordination {
  /** Record that an epoch is activated (rule P3). */
  void activate(int range, int epoch);

  /** Make a syncing node a serving member (rule P19). */
  void promote(int range, int epoch, int node);

  /**
   * This node's replica of a range is damaged: take it out of the chain, to be copied again (P23).
   */
  void quarantined(int range, int epoch);

  /** The successor does not keep up or cannot be reached: take one of us out of the chain (P8). */
  void suspect(int range, int epoch, int successor);

  /** This node has both halves of a range that is being split, durably (P24). */
  void cut(int range, int epoch, int left);

  /** Somebody knows a newer configuration: read it. */
  void fetchConfiguration();

  /** Whether this node's session surely lives (rule P17). Any thread. */
  boolean isLeased();

  /** Of a node that is its own authority. */
  Coordination ALONE =
      new Coordination() {
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
      };
}
