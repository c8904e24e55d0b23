package io.holdfast.it.sim;

import io.holdfast.model.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * @param error null where it was done
 * @param lsn of the record, or of the state that was read
 * @param group ranks of the group as the range knows it, of a join
 * @param seq last of the worker that the range has, of a join
 */
record Answer(
    long call,
    @Nullable ErrorCode error,
    int epoch,
    long lsn,
    int incarnation,
    long seq,
    int clock,
    long digest,
    int group) {
  static Answer failed(Request request, ErrorCode error) {
    return new Answer(request.call(), error, 0, 0, 0, 0, 0, 0, 0);
  }
}
