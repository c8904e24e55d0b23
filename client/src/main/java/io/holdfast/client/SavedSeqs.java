package io.holdfast.client;

import io.holdfast.model.HoldfastException;
import java.util.Map;
import java.util.Optional;

/**
 * How far a worker's pushes had come when it saved its state: what tools may know of the bytes in a
 * home range, which are this library's and the caller's own.
 */
public final class SavedSeqs {
  private SavedSeqs() {}

  /**
   * @param saved as the home range has it
   * @return range id to the last seq there; a range that came of a split later has the newest of
   *     its ancestors. Empty where another kind of client wrote it
   */
  public static Optional<Map<Integer, Long>> of(byte[] saved) {
    try {
      return Optional.of(Map.copyOf(SavedState.decode(saved).seqs()));
    } catch (HoldfastException e) {
      return Optional.empty();
    }
  }
}
