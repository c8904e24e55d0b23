package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What holds for every rule, whatever it computes. */
class RulePropertiesTest {
  private static final long SEED = 42;
  private static final float[] STRANGE = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    0f,
    -0f,
    1f
  };

  private static List<TableSpec> tables(int width) {
    var rules =
        List.of(
            Rules.add(),
            Rules.assign(),
            Rules.mean(),
            Rules.sgd(0.1),
            Rules.momentum(0.1, 0.9),
            Rules.momentum(0.1, 0.9).with("nesterov", 1),
            Rules.adagrad(0.1),
            Rules.adam(0.1),
            Rules.ftrl(0.1, 1, 0.5, 0.5));
    var tables = new ArrayList<TableSpec>();
    for (RuleSpec rule : rules) {
      tables.add(TableSpec.sparse().width(width).rule(rule).build());
      if (!rule.name().equals("ftrl")) {
        tables.add(
            TableSpec.sparse()
                .width(width)
                .rule(rule)
                .proximal(Rules.proximalL1(0.1), Rules.proximalElasticNet(0.1, 0.2))
                .build());
      }
    }
    if (width % 2 == 0) {
      tables.add(
          TableSpec.sparse().width(width).rule(Rules.proximalNewton(0.1, 0.1, 0.05)).build());
    }
    return tables;
  }

  @Test
  void noValueMakesARuleThrow() {
    for (TableSpec table : tables(2)) {
      for (float first : STRANGE) {
        var pushes = new Pushes(table, 1);
        java.util.Arrays.fill(pushes.slab, first);
        for (float one : STRANGE) {
          for (float other : STRANGE) {
            pushes.push(Pushes.scaled(other), one, other);
          }
        }
      }
    }
  }

  @Test
  void rowsOfFiniteValuesStayFinite() {
    var random = new Random(SEED);
    for (TableSpec table : tables(4)) {
      var pushes = new Pushes(table, 2);
      for (int i = 0; i < 500; i++) {
        pushes.push(Pushes.PLAIN, Pushes.gaussian(random, 8));
      }
      for (float value : pushes.slab) {
        assertTrue(Float.isFinite(value), table.rule() + ", seed " + SEED);
      }
    }
  }

  @Test
  void aZeroUpdateOfANewRowChangesNoWeight() {
    for (TableSpec table : tables(1)) {
      if (table.rule().name().equals("assign") || !table.proximal().isEmpty()) {
        continue;
      }
      var pushes = new Pushes(table, 1);
      pushes.set(0, 0, 0.5f);
      pushes.push(Pushes.PLAIN, 0f);
      assertEquals(0.5f, pushes.value(0, 0), Math.ulp(0.5f), table.rule().toString());
    }
  }

  /** One push of all rows, row by row pushes, scattered rows, any alignment, heap or direct. */
  @Test
  void theBitsDoNotDependOnHowRowsAreBatchedOrWhereTheyAre() {
    var random = new Random(SEED);
    int rows = 7;
    for (int width : new int[] {1, 2, 5, 64}) {
      for (TableSpec table : tables(width)) {
        var run = new Pushes(table, rows);
        var single = new Pushes(table, rows);
        BatchRule scatteredRule = InstalledRules.builtIn().rule(table);
        int stride = run.stride();
        float[][] slabs = {new float[rows * stride + 3], new float[rows * stride + 3]};
        int[] slab = {0, 1, 1, 0, 1, 0, 0};
        int[] at = new int[rows];
        for (int i = 0; i < rows; i++) {
          at[i] = 3 + (rows - 1 - i) * stride;
        }
        for (int step = 0; step < 5; step++) {
          float[] update = Pushes.gaussian(random, rows * width);
          var context = Pushes.scaled(1f / (step + 1));
          run.push(context, update);
          for (int i = 0; i < rows; i++) {
            single.rule.applyRun(
                single.slab, i * stride, 1, Pushes.bytes(update), i * width * 4, context);
          }
          scatteredRule.apply(slabs, slab, at, rows, heapAt(5, update), 5, context);
        }
        assertArrayEquals(run.slab, single.slab, table + ", seed " + SEED);
        for (int i = 0; i < rows * stride; i++) {
          assertEquals(
              run.slab[i],
              slabs[slab[i / stride]][at[i / stride] + i % stride],
              table + ", seed " + SEED);
        }
      }
    }
  }

  @Test
  void int64RowsAreAddedAndAssignedExactly() {
    for (int width : new int[] {1, 3}) {
      long[] expected = {Long.MIN_VALUE, 5, -1, 0, 1L << 60, 7};
      long[][] slabs = {new long[6]};
      int rows = 6 / width;
      int[] at = new int[rows];
      for (int i = 0; i < rows; i++) {
        at[i] = i * width;
      }
      var add = InstalledRules.builtIn().rule(TableSpec.sparse().width(width).int64().build());
      add.apply(
          slabs,
          new int[rows],
          at,
          rows,
          Pushes.bytes(Long.MAX_VALUE, 2, -1, 0, 1, 7),
          0,
          Pushes.PLAIN);
      add.applyRun(slabs[0], 0, rows, Pushes.bytes(1, 3, 0, 0, (1L << 60) - 1, 0), 0, Pushes.PLAIN);
      assertArrayEquals(expected, slabs[0]);

      var assign =
          InstalledRules.builtIn()
              .rule(TableSpec.sparse().width(width).int64().rule(Rules.assign()).build());
      assign.apply(slabs, new int[rows], at, rows, Pushes.bytes(1, 2, 3, 4, 5, 6), 0, Pushes.PLAIN);
      assertArrayEquals(new long[] {1, 2, 3, 4, 5, 6}, slabs[0]);
      assign.applyRun(slabs[0], 0, rows, Pushes.bytes(expected), 0, Pushes.PLAIN);
      assertArrayEquals(expected, slabs[0]);
    }
  }

  @Test
  void ftrlKeepsWeightsAtZeroUntilTheGradientsOutweighL1() {
    var pushes = new Pushes(TableSpec.sparse().rule(Rules.ftrl(0.1, 1, 2.5, 0)).build(), 1);
    for (int i = 0; i < 2; i++) {
      pushes.push(Pushes.PLAIN, 1f);
      assertEquals(0f, pushes.value(0, 0));
    }
    pushes.push(Pushes.PLAIN, 1f);
    assertTrue(pushes.value(0, 0) < 0);
  }

  @Test
  void ftrlTakesOverARowsInitialValueWithPenaltiesToo() {
    var pushes = new Pushes(TableSpec.sparse().rule(Rules.ftrl(0.1, 1, 2.5, 3)).build(), 1);
    pushes.set(0, 0, -0.5f);
    pushes.push(Pushes.PLAIN, 0f);
    assertEquals(-0.5f, pushes.value(0, 0), 2 * Math.ulp(0.5f));
  }

  private static ByteBuffer heapAt(int offset, float[] update) {
    var buffer =
        ByteBuffer.allocate(offset + update.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < update.length; i++) {
      buffer.putFloat(offset + i * Float.BYTES, update[i]);
    }
    return buffer.order(ByteOrder.BIG_ENDIAN);
  }
}
