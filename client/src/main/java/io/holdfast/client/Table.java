package io.holdfast.client;

import io.holdfast.model.Consistency;
import io.holdfast.model.KeyRange;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A table as one worker, or a caller outside any group, sees it.
 *
 * <p><b>Arrays are referenced, not copied</b>: keys and values must not change until the call's
 * future completes. Keys may come in any order; ascending keys are sent as they are, others are
 * sorted first (a copy). Keys must be distinct (KEYS_NOT_ASCENDING otherwise). Values are {@code
 * [keys][width]}, row after row in the order of the keys given.
 *
 * <p><b>A push that completed is in, once</b>: durable as the table's {@link
 * io.holdfast.model.Durability} says, applied exactly once whatever was retried (rules P6, P10).
 * One whose future failed with {@link io.holdfast.model.Retry#UNKNOWN_OUTCOME} may or may not be
 * in; the worker has to join again to go on. The parts of a push that fall into different ranges
 * are each exactly-once on their own.
 *
 * <p><b>Filters</b> (see {@link Worker#table(String, TableSpec, io.holdfast.filter.Filters)}) may
 * hold rows of a push back, or round them; the push completes when what it did send is in. A pull
 * does not see what is held back.
 *
 * <p><b>Pulls</b> see all acknowledged and unacknowledged pushes of this worker made before them,
 * and of the others what the table's consistency says; they wait on the server until that is there.
 * Keys never written read as the table's initial value, and nothing comes to exist.
 */
public interface Table {
  String name();

  TableSpec spec();

  /** Pulls the rows of these keys. */
  CompletableFuture<Rows> pull(long[] keys);

  /** Pulls {@code float32[keys][width]} into an array of the caller's, from its start. */
  CompletableFuture<Rows> pull(long[] keys, float[] into);

  /** Pulls {@code int64[keys][width]} into an array of the caller's, from its start. */
  CompletableFuture<Rows> pull(long[] keys, long[] into);

  /** Pulls all rows of a range of keys of a dense table, in pieces that the library chooses. */
  CompletableFuture<Rows> pull(KeyRange keys);

  /** As {@link #pull(KeyRange)} into an array of the caller's. */
  CompletableFuture<Rows> pull(KeyRange keys, float[] into);

  /** Pulls a whole dense table. */
  CompletableFuture<Rows> pullAll();

  /** Pushes {@code float32[keys][width]}. */
  CompletableFuture<PushReceipt> push(long[] keys, float[] values);

  /** Pushes {@code int64[keys][width]}. */
  CompletableFuture<PushReceipt> push(long[] keys, long[] values);

  /** Pushes a range of keys of a dense table, in pieces that the library chooses. */
  CompletableFuture<PushReceipt> push(KeyRange keys, float[] values);

  /** As {@link #push(KeyRange, float[])} for int64 tables. */
  CompletableFuture<PushReceipt> push(KeyRange keys, long[] values);

  /** Pushes a whole dense table. */
  CompletableFuture<PushReceipt> pushAll(float[] values);

  /**
   * Writes float32 rows over together with their optimizer state, as an export has both: {@code
   * [keys][width + state]}, each row its values and then its state in the order in which the rule
   * names it ({@link io.holdfast.plugin.RowRule#stateTensors}). Neither rule nor proximal operators
   * see it; rows that were never written come to exist. Only from outside any group, at once also
   * in a sequential table; filters and encodings do not count.
   *
   * <p>It is durable and exactly-once as any push is, and ordered with the others: of two that
   * write a row, the later one stays. It may be repeated: the same rows again leave the same rows,
   * unless others pushed meanwhile, whose pushes to them are then lost.
   *
   * <p>Fails with INVALID_ARGUMENT for a worker of a group, WRONG_TYPE for an int64 table,
   * WRONG_WIDTH where rows are not of the width that the table's rule makes them, and as a push.
   */
  CompletableFuture<PushReceipt> replace(long[] keys, float[] rows);

  /** Pushes, and pulls the same rows as they are with that push in. */
  CompletableFuture<Rows> pushPull(long[] keys, float[] values);

  /** As {@link #pushPull(long[], float[])} for int64 tables. */
  CompletableFuture<Rows> pushPull(long[] keys, long[] values);

  /**
   * The same table, with pulls that see every push, of anybody, that was acknowledged before they
   * were made (linearizable, rule P16), beside what they see anyway. They are answered by one
   * replica of each range, and only while it can tell that it has not been replaced; pulls of this
   * table itself are spread by {@link Options#readFrom}. Pushes, and {@link #pushPull}, are as
   * ever.
   */
  Table latest();

  /**
   * The same table, with calls that start only when these are done (the paper's execute-after
   * dependency, section 3.4). Where one of them fails, the call fails with the same error and
   * nothing is sent. A worker's clock and seq are taken when the call starts.
   */
  Table after(CompletionStage<?>... earlier);

  /**
   * Pushes what this table's filters hold back of this worker, as it is; where there are no filters
   * it does nothing. It takes a seq in every range of the table, whatever is held back: a worker
   * that resumes has to make it where it did. Completes, and fails, like a push.
   */
  CompletableFuture<Void> release();

  /**
   * The same table, with rows kept at this worker for as long as the consistency allows. Each call
   * makes a cache of its own, empty.
   *
   * @throws io.holdfast.model.HoldfastException INVALID_ARGUMENT outside any group, where there are
   *     no clocks
   */
  CachedTable cached(CacheSettings settings);

  /** Evaluates a read-only function over all rows, merged over ranges. */
  CompletableFuture<RangeFunction.Result> evaluate(RuleSpec function);

  /**
   * Changes the staleness, or switches between bounded and eventual, while the job runs. Blocks for
   * one round trip. When it returns it is in force for pulls that this connection makes from then
   * on, whichever node answers them. Nodes and other clients hear of it a moment later, and until
   * then the pulls of those clients go by what was in force before. A larger bound counts for pulls
   * that wait as soon as their node has heard. Workers that are further ahead than a smaller bound
   * allows lose nothing: their next pull waits for the others.
   */
  void setConsistency(Consistency changed);

  /**
   * The consistency in force, as far as this connection has heard; {@link #spec} has the first. A
   * pull's answer is never older than this allows at the moment of the call, unless it has been
   * changed since.
   */
  Consistency consistency();
}
