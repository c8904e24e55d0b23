package io.holdfast.client;

import java.util.List;
import java.util.Map;

/**
 * How far a job's work queue has come. Shards are counted once for each pass.
 *
 * @param name of the queue
 * @param shards of one pass
 * @param passes over them
 * @param finished shards that saved states say are done
 * @param left shards that no worker has: not given out yet, or come back
 * @param out shards that workers have, by rank
 */
public record QueueStatus(
    String name, int shards, int passes, long finished, long left, Map<Integer, List<Taken>> out) {
  public QueueStatus {
    out = Map.copyOf(out);
  }

  /** A shard in a pass, both from 0 on. */
  public record Taken(int shard, int pass) {}

  /** Shards of all passes. */
  public long total() {
    return (long) shards * passes;
  }
}
