package io.holdfast.tools.server;

import io.holdfast.replication.shard.Shard;
import java.util.List;

/** Which shard owns which range of this node. Pure: by the range's id. */
record RangeDirectory(List<Shard> shards) {
  Shard shardOf(int range) {
    return shards.get(index(range, shards.size()));
  }

  static int index(int range, int shardCount) {
    return Math.floorMod(range, shardCount);
  }
}
