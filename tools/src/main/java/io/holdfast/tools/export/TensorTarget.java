package io.holdfast.tools.export;

import java.util.Map;

/**
 * Files that tensors are written to. Nothing shows under their names before {@link #finish}. Calls
 * block, and throw DISK_FULL or STORE_FAILED.
 */
interface TensorTarget extends AutoCloseable {
  /**
   * Writes rows of a tensor, in any order, also a second time.
   *
   * @param tensor its number in the order of its specs
   * @param rows all that remains of it
   */
  void write(int tensor, long firstRow, java.nio.ByteBuffer rows);

  /**
   * All rows are there: completes the files, which are on disk when this returns.
   *
   * @return their bytes
   */
  long finish(long rows, Map<String, String> metadata);

  /** Removes what was not finished. */
  @Override
  void close();
}
