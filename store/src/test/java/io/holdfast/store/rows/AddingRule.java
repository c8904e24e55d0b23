package io.holdfast.store.rows;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.BatchRule;
import io.holdfast.store.rule.RuleBook;
import java.nio.ByteBuffer;

/**
 * Adds what is pushed to the values, and 1 to each value of the state. With {@code state} above 0,
 * every push also adds the count of updates before it, so that a lost or mixed-up state shows in
 * the values.
 */
record AddingRule(int width, int stateWidth) implements BatchRule {
  /** Knows {@code add}, with a parameter {@code state}. */
  static final RuleBook BOOK =
      new RuleBook() {
        @Override
        public BatchRule rule(TableSpec table) {
          return new AddingRule(table.width(), (int) table.rule().parameter("state", 0));
        }

        @Override
        public RangeFunction function(RuleSpec spec, TableSpec table) {
          throw new UnsupportedOperationException();
        }
      };

  @Override
  public void apply(
      float[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    for (int i = 0; i < count; i++) {
      add(slabs[slab[i]], at[i], values, valuesAt + i * width * Float.BYTES);
    }
  }

  private void add(float[] row, int at, ByteBuffer values, int from) {
    float before = stateWidth > 0 ? row[at + width + stateWidth - 1] : 0;
    for (int j = 0; j < width; j++) {
      row[at + j] += values.getFloat(from + j * Float.BYTES) + before;
    }
    for (int j = 0; j < stateWidth; j++) {
      row[at + width + j] += 1;
    }
  }

  @Override
  public void apply(
      long[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    for (int i = 0; i < count; i++) {
      add(slabs[slab[i]], at[i], values, valuesAt + i * width * Long.BYTES);
    }
  }

  private void add(long[] row, int at, ByteBuffer values, int from) {
    for (int j = 0; j < width; j++) {
      row[at + j] += values.getLong(from + j * Long.BYTES);
    }
  }
}
