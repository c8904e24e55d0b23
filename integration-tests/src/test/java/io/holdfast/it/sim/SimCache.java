package io.holdfast.it.sim;

import io.holdfast.client.cache.Fetch;
import io.holdfast.client.cache.Freshness;
import io.holdfast.client.cache.RowCache;
import io.holdfast.model.KnownConsistency;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.wire.Reply;

/**
 * The rows that a worker keeps, by the client library's own logic. A range has one row here, and
 * the row's value is the LSN of the state that it was read from, so that what a cached pull shows
 * can be told. Its rule is not to add: a row that the worker pushes to is given up.
 */
final class SimCache {
  private final Simulation sim;
  private final int rank;
  private final RowCache rows;
  private final int[] lastPush;

  SimCache(Simulation sim, int rank) {
    this.sim = sim;
    this.rank = rank;
    this.rows =
        new RowCache(TableSpec.sparse().int64().rule(Rules.assign()).build(), true, 1 << 16);
    this.lastPush = new int[sim.ranges()];
  }

  void push(int range, int op, Runnable submit) {
    long[] keys = {range};
    long before = rows.pushing(keys, null, new long[1]);
    submit.run();
    rows.pushed(keys, before);
    lastPush[range] = op;
  }

  /** What a pull of this range that is made now would be answered with, if anything. */
  void lookUp(int range, int clock, KnownConsistency known) {
    long[] lsn = new long[1];
    var needed = Freshness.needed(known.consistency(), clock, 0);
    if (rows.read(new long[] {range}, needed, null, lsn, new int[1]).missing() == 0) {
      sim.oracle.pulledFromCache(range, rank, clock, lastPush[range], lsn[0], known.version());
    }
  }

  Fetch begin(int range, int clock) {
    return rows.begin(new long[] {range}, clock);
  }

  void store(Fetch fetch, int range, Reply.Pulled reply) {
    rows.store(fetch, reply.minClock(), null, new long[] {reply.lsn()});
  }
}
