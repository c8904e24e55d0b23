package io.holdfast.client;

import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.concurrent.CompletableFuture;

/**
 * A table for those who only read it, such as a service that answers with a model which is still
 * being trained. It joins nothing, counts in no clock and leaves nothing behind in the cluster; any
 * number of threads may use it. It goes on through failovers, moves and splits: a pull is asked
 * again, of other replicas, for {@link Options#callTimeout} at the most.
 *
 * <p>Pulls are spread over the replicas of each range by {@link Options#readFrom}. They never see a
 * push in part of a row, nor one that is not committed; beyond that, a replica may be behind by
 * what it has not applied yet (milliseconds, while it is connected). {@link #atLeast} and {@link
 * #latest} ask for more. Two pulls may be answered by different replicas, the second by one that is
 * further behind: {@code reader.atLeast(rows.minClock())} does not go back behind a clock that was
 * seen.
 */
public interface Reader {
  String name();

  TableSpec spec();

  /** Pulls the rows of these keys; distinct, in any order. */
  CompletableFuture<Rows> pull(long[] keys);

  /** Pulls {@code float32[keys][width]} into an array of the caller's, from its start. */
  CompletableFuture<Rows> pull(long[] keys, float[] into);

  /** Pulls {@code int64[keys][width]} into an array of the caller's, from its start. */
  CompletableFuture<Rows> pull(long[] keys, long[] into);

  /** Pulls all rows of a range of keys of a dense table, in pieces that the library chooses. */
  CompletableFuture<Rows> pull(KeyRange keys);

  /** As {@link #pull(KeyRange)} into an array of the caller's. */
  CompletableFuture<Rows> pull(KeyRange keys, float[] into);

  /**
   * Pulls a whole dense table. The keys of a sparse one are not known here: {@code holdfast table
   * export} writes all of it to a file.
   */
  CompletableFuture<Rows> pullAll();

  /**
   * The same table, with pulls that see all that workers pushed in their first so many clocks. They
   * wait on the server until every worker has finished them.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it is below 0
   */
  Reader atLeast(int clocks);

  /** The same table, with pulls as those of {@link Table#latest}. */
  Reader latest();
}
