package io.holdfast.store.rule;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.StateTensor;
import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Applies a {@link RowRule}, built-in or a plug-in's, and then the proximal operators, row by row
 * in the order of the push. Each row's update is copied to a scratch array, so a row rule sees
 * plain arrays and can harm no buffer.
 */
final class RowWise implements BatchRule {
  private static final float[] NO_UPDATE = {};

  private final TableSpec table;
  private final RowRule rule;
  private final RowRule[] proximal;
  private final int width;
  private final int stateWidth;
  private final float[] update;

  RowWise(TableSpec table, RowRule rule, List<RowRule> proximal) {
    this.table = table;
    this.rule = rule;
    this.proximal = proximal.toArray(RowRule[]::new);
    this.width = table.width();
    this.stateWidth = rule.stateWidth(width);
    this.update = new float[width];
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int stateWidth() {
    return stateWidth;
  }

  /** As the rule says; as one where what it says does not add up, which a plug-in's may not. */
  @Override
  public List<StateTensor> stateTensors() {
    var named = rule.stateTensors(width);
    boolean isWhole = named.stream().mapToInt(StateTensor::width).sum() == stateWidth;
    boolean isDistinct = named.stream().map(StateTensor::name).distinct().count() == named.size();
    return isWhole && isDistinct ? named : BatchRule.super.stateTensors();
  }

  @Override
  public void apply(
      float[][] slabs,
      int[] slab,
      int[] at,
      int count,
      ByteBuffer values,
      int valuesAt,
      UpdateContext context) {
    FloatBuffer pushed = LittleEndian.floats(values, valuesAt, count * width);
    try {
      for (int row = 0; row < count; row++) {
        applyRow(slabs[slab[row]], at[row], pushed, row * width, context);
      }
    } catch (RuntimeException | LinkageError e) {
      throw failed(e);
    }
  }

  @Override
  public void applyRun(
      float[] slab, int at, int rows, ByteBuffer values, int valuesAt, UpdateContext context) {
    FloatBuffer pushed = LittleEndian.floats(values, valuesAt, rows * width);
    int stride = width + stateWidth;
    try {
      for (int row = 0; row < rows; row++) {
        applyRow(slab, at + row * stride, pushed, row * width, context);
      }
    } catch (RuntimeException | LinkageError e) {
      throw failed(e);
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
    throw new HoldfastException(
        ErrorCode.INTERNAL, "rule '" + table.rule().name() + "' was called for int64 rows");
  }

  private void applyRow(float[] row, int at, FloatBuffer pushed, int from, UpdateContext context) {
    pushed.get(from, update, 0, width);
    rule.apply(row, at, update, 0, width, context);
    for (RowRule operator : proximal) {
      operator.apply(row, at, NO_UPDATE, 0, width, context);
    }
  }

  private HoldfastException failed(Throwable cause) {
    return new HoldfastException(
        ErrorCode.INTERNAL,
        "rule '"
            + table.rule().name()
            + "' (or an operator after it) threw while it changed rows, which no rule may do; "
            + "the range has to stop. Mend the plug-in and start the node again",
        cause);
  }
}
