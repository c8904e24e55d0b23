package io.holdfast.wire;

import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import org.jspecify.annotations.Nullable;

/**
 * A request as a server reads it. Bulk fields are offsets into the frame's bytes, which stay in the
 * transport's buffers.
 */
public sealed interface Request {
  Header header();

  /**
   * @param call the client's number for the request
   * @param range range id
   * @param epoch the chain's epoch that the client knows (P1)
   * @param deadlineMillis how long it may be parked
   */
  record Header(long call, int range, int epoch, int deadlineMillis) {}

  record Join(Header header, int incarnation, int groupSize, int clock) implements Request {}

  /**
   * @param shape how the values are encoded
   * @param wholeRows whether they are rows with their optimizer state, to be written over
   */
  record Push(
      Header header,
      int incarnation,
      long seq,
      int clock,
      KeyField keys,
      int valuesAt,
      int valuesLength,
      ValueShape shape,
      boolean wholeRows)
      implements Request {
    /** The same with its keys found elsewhere. */
    public Push withKeys(KeyField found) {
      return new Push(
          header, incarnation, seq, clock, found, valuesAt, valuesLength, shape, wholeRows);
    }
  }

  /**
   * @param wanted how the answer may be encoded
   * @param seed of its random rounding
   * @param need what the worker needs of the others by the consistency that it knows
   */
  record Pull(
      Header header,
      int incarnation,
      int clock,
      long ownSeq,
      KeyField keys,
      boolean anyClock,
      boolean latest,
      ValueShape wanted,
      long seed,
      Need need)
      implements Request {
    /** The same with its keys found elsewhere. */
    public Pull withKeys(KeyField found) {
      return new Pull(
          header, incarnation, clock, ownSeq, found, anyClock, latest, wanted, seed, need);
    }
  }

  /**
   * What a worker's pull states of the others' clocks.
   *
   * @param clocks that every worker must have finished
   * @param version of the table's consistency by which that is so
   */
  record Need(int clocks, int version) {
    public static final Need NONE = new Need(0, 0);
  }

  record Tick(Header header, int incarnation, long seq, int clock) implements Request {}

  /**
   * @param work what is done of work queues as of the state; null for nothing
   */
  record Save(
      Header header,
      int incarnation,
      int clock,
      int stateAt,
      int stateLength,
      @Nullable SavedWork work)
      implements Request {}

  record Leave(Header header, int incarnation, int clock) implements Request {}

  /**
   * @param members whether the answer is to name all workers
   */
  record Heartbeat(Header header, int incarnation, int clock, boolean members) implements Request {}

  record Queue(Header header, QueueRequest message) implements Request {}
}
