package io.holdfast.tools.export;

import io.holdfast.model.TableSpec;
import io.holdfast.plugin.StateTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tensors a table becomes: of a sparse one the keys first, then the values, then its
 * optimizer state, kind by kind.
 *
 * @param state what is exported of it; empty for none
 */
record TableLayout(TableSpec table, List<StateTensor> state) {
  /** 8-byte values come first, so that every tensor of a file is aligned. */
  List<TensorSpec> tensors() {
    List<TensorSpec> tensors = new ArrayList<>();
    if (!table.isDense()) {
      tensors.add(new TensorSpec(TensorSpec.KEYS, TensorType.UINT64, 0));
    }
    TensorType type = TensorType.of(table.element());
    tensors.add(new TensorSpec(TensorSpec.VALUES, type, table.width()));
    for (StateTensor kind : state) {
      tensors.add(new TensorSpec(TensorSpec.STATE + kind.name(), type, kind.width()));
    }
    return tensors;
  }

  /** Number of the tensor of values; those of state follow. */
  int valuesAt() {
    return table.isDense() ? 0 : 1;
  }

  /** Bytes of a row in a chunk of an export. */
  int rowBytes() {
    int values = table.width() + state.stream().mapToInt(StateTensor::width).sum();
    return values * table.element().bytes();
  }
}
