package io.holdfast.tools.server;

import io.holdfast.replication.shard.Shard;
import io.holdfast.v1.CatalogState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Which shard owns which range of this node: by the range's id. */
record RangeDirectory(List<Shard> shards) {
  Shard shardOf(int range) {
    return shards.get(index(range, shards.size()));
  }

  static int index(int range, int shardCount) {
    return Math.floorMod(range, shardCount);
  }

  /** Has all shards take up a catalogue. Blocks until they have. */
  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  void assign(CatalogState state, int node, int incarnation) {
    var answers = new ArrayList<CompletableFuture<Void>>();
    var split = Assignments.split(state);
    for (int i = 0; i < shards.size(); i++) {
      var ranges = Assignments.of(state, i, shards.size());
      answers.add(
          shards
              .get(i)
              .ask(shard -> shard.assign(ranges, split, node, incarnation))
              .thenCompose(gone -> gone));
    }
    answers.forEach(Node::await);
  }
}
