package io.holdfast.tools.snapshot;

/**
 * Told how far a transfer is, by the thread that makes it, about every 256 KiB and at its end; must
 * not block.
 */
@FunctionalInterface
public interface Progress {
  /** Nobody looks. */
  Progress NONE = (doneBytes, totalBytes) -> {};

  /**
   * @param doneBytes of this call; less than before where a transfer broke and is made again. What
   *     is there already counts as done
   * @param totalBytes of this call; the same from the first time on
   */
  void at(long doneBytes, long totalBytes);
}
