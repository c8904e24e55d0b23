package io.holdfast.store.rule;

import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Rows of one table in one slab, and pushes to them, for the tests of rules. */
final class Pushes {
  static final UpdateContext PLAIN = new UpdateContext(1, 0, 0, 1, 1);

  final BatchRule rule;
  final float[] slab;
  final int rows;

  Pushes(TableSpec table, int rows) {
    this(InstalledRules.builtIn().rule(table), rows);
  }

  Pushes(BatchRule rule, int rows) {
    this.rule = rule;
    this.rows = rows;
    this.slab = new float[rows * stride()];
  }

  static UpdateContext scaled(float scale) {
    return new UpdateContext(1, 0, 0, scale, 1);
  }

  static UpdateContext workers(int count) {
    return new UpdateContext(1, 0, 0, 1, count);
  }

  static ByteBuffer bytes(float... values) {
    var buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  static ByteBuffer bytes(long... values) {
    var buffer = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asLongBuffer().put(values);
    return buffer;
  }

  static float[] gaussian(Random random, int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  int stride() {
    return rule.width() + rule.stateWidth();
  }

  /** Pushes {@code float32[rows][width]} to all rows. */
  void push(UpdateContext context, float... update) {
    rule.applyRun(slab, 0, rows, bytes(update), 0, context);
  }

  float value(int row, int column) {
    return slab[row * stride() + column];
  }

  void set(int row, int column, float value) {
    slab[row * stride() + column] = value;
  }
}
