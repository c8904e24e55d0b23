package io.holdfast.client;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A job's input, cut into numbered shards that workers take one after the other, each of them once
 * in each pass; as one worker sees it. Which part of the input a shard is, is the workers' own
 * business.
 *
 * <p>The queue is kept in the job's home range: replicated, and durable when an answer has come. A
 * shard is <em>finished</em> when a state is saved behind its {@link Shard#done}. One that is not
 * finished when its worker leaves the group, or is made to, is given to another; what the worker
 * pushed for it stays pushed. So in the sense of saved states every shard of every pass is finished
 * exactly once, and none is lost.
 *
 * <p><b>A worker that resumes</b> ({@link Resume#IF_SAVED}) has the shards that it had when its
 * state was saved, in {@link #held}, in the order in which it took them; the takes that it made
 * after that have the same answers again, none included. So it makes the same pushes again, as rule
 * P14 demands.
 */
public interface WorkQueue {
  String name();

  int shards();

  int passes();

  /**
   * What the worker had taken, and not finished, when the state was saved that it resumes from; in
   * the order of the takes. Empty for a worker that does not resume.
   */
  List<Shard> held();

  /**
   * Takes the next shard: one that came back, else the next of the pass that is being given out.
   * Empty where there is none to be had now; {@link #isExhausted} tells then whether another may
   * come. It does not wait for one, since a worker that waits without ticking may be what the
   * others wait for: tick, and take again.
   *
   * <p>Takes are made one at a time, in the order of the calls; a call that is sent again, whatever
   * fails, takes once. Every take that has completed before {@link Worker#tick(byte[])} is called
   * counts as made before that state.
   *
   * @return fails with UNKNOWN_QUEUE, STALE_INCARNATION, NOT_JOINED, or as any call does
   */
  CompletableFuture<Optional<Shard>> take();

  /**
   * Whether the last take was empty because this worker will get nothing any more: all shards of
   * all passes are finished, or are this worker's own.
   */
  boolean isExhausted();
}
