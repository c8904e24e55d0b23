package io.holdfast.plugin;

import java.util.List;

/**
 * An update rule or a proximal operator over one float32 row. A row and its optimizer state stand
 * side by side in one array and are kept, replicated and saved as one value.
 */
public interface RowRule {
  /**
   * Values of optimizer state beside a row of {@code width} values; all zero before the first
   * update.
   */
  int stateWidth(int width);

  /**
   * What that state is made of, in its order; the widths add up to {@link #stateWidth}. Names the
   * tensors of an export; unless a rule says otherwise there is one, {@code state}.
   */
  default List<StateTensor> stateTensors(int width) {
    int state = stateWidth(width);
    return state == 0 ? List.of() : List.of(new StateTensor("state", state));
  }

  /**
   * Changes the row. Must not throw, must not allocate, and must depend on its arguments alone.
   *
   * @param values holds the row at {@code [at, at + width)} and its state at {@code [at + width, at
   *     + width + stateWidth(width))}
   * @param update holds the pushed values at {@code [updateAt, updateAt + width)}; read only. A
   *     proximal operator gets none: it must not read it
   */
  void apply(
      float[] values, int at, float[] update, int updateAt, int width, UpdateContext context);
}
