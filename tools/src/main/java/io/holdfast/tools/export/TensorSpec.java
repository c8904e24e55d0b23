package io.holdfast.tools.export;

import java.util.List;

/**
 * A tensor that is being written, row after row.
 *
 * @param columns values of a row; 0: one, and the tensor has one dimension
 */
record TensorSpec(String name, TensorType type, int columns) {
  /** The name of a table's values in a file. */
  static final String VALUES = "values";

  /** The name of a sparse table's keys. */
  static final String KEYS = "keys";

  /** What the names of optimizer state begin with. */
  static final String STATE = "state.";

  int rowBytes() {
    return Math.max(1, columns) * type.bytes();
  }

  List<Long> shape(long rows) {
    return columns == 0 ? List.of(rows) : List.of(rows, (long) columns);
  }
}
