package io.holdfast.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Placement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What each filter sends and carries. */
final class PushFiltersTest {
  private static final long[] THREE = {1, 2, 3};

  @Test
  void smallChangesWaitUntilTheyAddUp() {
    var pipeline = pipeline(1, new SignificantlyModified(1, false));
    assertSent(pipeline, THREE, new float[] {0.6f, 1, -3}, Map.of(2L, 1f, 3L, -3f));
    assertSent(pipeline, THREE, new float[] {0.5f, 0.1f, 0}, Map.of(1L, 1.1f));
    assertEquals(2, pipeline.carriedRows()); // 0.1 of key 2, and the nothing of key 3
  }

  @Test
  void relativeThresholdIsAShareOfThePulledRow() {
    var pipeline = pipeline(2, new SignificantlyModified(0.1, true));
    pipeline.pulled(view(2, new long[] {1, 2}, 30, 40, 3, 4));
    float[] pushed = {4, 0, 0.4f, 0.4f, 0.001f, 0};
    var kept = pipeline.push(keys(THREE), pushed, null);
    // 4 is below a tenth of 50; 0.57 is above a tenth of 5; key 3 was never pulled.
    assertArrayEquals(new int[] {1, 2}, kept.rows());
    assertArrayEquals(new float[] {0.4f, 0.4f, 0.001f, 0}, kept.values());
  }

  @Test
  void largestRowsAreSentAndTheRestIsCarried() {
    var pipeline = pipeline(1, new TopK(0.4));
    long[] keys = {1, 2, 3, 4, 5};
    assertSent(pipeline, keys, new float[] {1, -5, 3, 2, -4}, Map.of(2L, -5f, 5L, -4f));
    assertSent(pipeline, keys, new float[] {1, 0, 0, 2, 0}, Map.of(4L, 4f, 3L, 3f));
    assertEquals(3, pipeline.carriedRows());
  }

  @Test
  void ofEqualRowsTheFirstAreSent() {
    var pipeline = pipeline(1, new TopK(0.5));
    var kept = pipeline.push(keys(1, 2, 3, 4), new float[] {1, 1, 1, 1}, null);
    assertArrayEquals(new int[] {0, 1}, kept.rows());
  }

  @Test
  void skipsInProportionAndDependsOnRank() {
    long[] keys = new long[10_000];
    Arrays.setAll(keys, i -> i);
    float[] values = new float[keys.length];
    Arrays.fill(values, 1);
    var first = new PushPipeline(filters(new RandomSkip(0.75, 3)), 1, 0);
    var other = new PushPipeline(filters(new RandomSkip(0.75, 3)), 1, 1);
    int[] kept = first.push(keys(keys), values, null).rows();
    assertEquals(2_500, kept.length, 200);
    assertTrue(!Arrays.equals(kept, other.push(keys(keys), values, null).rows()));
  }

  /** Section 5.1 of the paper: a zero weight moves only where its gradient exceeds the penalty. */
  @Test
  void gradientsOfWeightsThatStayZeroAreHeldBack() {
    var pipeline = pipeline(1, new Kkt(1));
    pipeline.pulled(view(1, new long[] {1, 2}, 0, 0.5f));
    assertSent(pipeline, THREE, new float[] {0.7f, 0.7f, 0.7f}, Map.of(2L, 0.7f, 3L, 0.7f));
    assertSent(
        pipeline, THREE, new float[] {0.7f, 0.7f, 0.7f}, Map.of(1L, 1.4f, 2L, 0.7f, 3L, 0.7f));
    pipeline.pulled(view(1, new long[] {1, 2}, 0.1f, 0));
    assertSent(pipeline, THREE, new float[] {0.7f, 0.7f, 0.7f}, Map.of(1L, 0.7f, 3L, 0.7f));
  }

  @Test
  void whatIsNotFiniteIsNeverCarried() {
    var pipeline = pipeline(1, new SignificantlyModified(Float.MAX_VALUE, false), new TopK(0.01));
    var kept =
        pipeline.push(keys(THREE), new float[] {Float.NaN, 1, Float.POSITIVE_INFINITY}, null);
    assertArrayEquals(new int[] {0, 2}, kept.rows());
    assertEquals(1, pipeline.carriedRows());
  }

  @Test
  void nothingIsLostWhateverIsHeldBack() {
    var all =
        List.of(
            new SignificantlyModified(2, false),
            new SignificantlyModified(0.5, true),
            new TopK(0.3),
            new RandomSkip(0.5, 1),
            new Kkt(3));
    for (int seed = 0; seed < 30; seed++) {
      var random = new SplittableRandom(seed);
      var filters = Filters.builder().pushEncoding(Encoding.PLAIN.withFormat(NumberFormat.INT8));
      all.stream().filter(filter -> random.nextInt(3) > 0).forEach(filters::push);
      var pipeline = new PushPipeline(filters.errorFeedback(true).build(), 2, seed);
      double[] pushed = new double[100];
      double[] sent = new double[100];
      for (int i = 0; i < 200; i++) {
        long[] keys = random.longs(0, 50).distinct().limit(20).sorted().toArray();
        float[] values = new float[2 * keys.length];
        for (int j = 0; j < values.length; j++) {
          values[j] = random.nextInt(-5, 6); // whole numbers add up without rounding
          pushed[2 * (int) keys[j / 2] + j % 2] += values[j];
        }
        var kept = pipeline.push(keys(keys), values, null);
        for (int j = 0; j < kept.rows().length; j++) {
          int key = (int) keys[kept.rows()[j]];
          float[] residue = {random.nextInt(-1, 2), 0};
          sent[2 * key] += kept.values()[2 * j] - residue[0];
          sent[2 * key + 1] += kept.values()[2 * j + 1];
          pipeline.carry(key, residue, 0);
        }
        pipeline.pulled(view(2, new long[] {i % 50}, i % 3, 0));
      }
      long[] carried = pipeline.carriedKeys();
      float[] rest = pipeline.take(keys(carried));
      for (int i = 0; i < rest.length; i++) {
        sent[2 * (int) carried[i / 2] + i % 2] += rest[i];
      }
      assertArrayEquals(pushed, sent, "seed " + seed);
      assertEquals(0, pipeline.carriedRows());
    }
  }

  /** A filter of a user's own: it sends rows of even keys alone, and counts the pushes. */
  private record EvenKeys() implements PushFilter {
    @Override
    public String description() {
      return "even-keys";
    }

    @Override
    public Stage open(int width, int rank) {
      return rows -> {
        for (int row = 0; row < rows.count(); row++) {
          if (rows.key(row) % 2 != 0) {
            rows.hold(row);
          }
        }
      };
    }
  }

  @Test
  void takesFiltersOfTheUsersOwn() {
    var pipeline = pipeline(1, new EvenKeys());
    assertSent(pipeline, THREE, new float[] {1, 1, 1}, Map.of(2L, 1f));
    assertSent(pipeline, THREE, new float[] {1, 1, 1}, Map.of(2L, 1f));
    assertArrayEquals(new long[] {1, 3}, pipeline.carriedKeys());
    assertArrayEquals(new float[] {2, 2}, pipeline.take(keys(1, 3)));
  }

  @Test
  void rowsAreFollowedThroughTheirPlacedOrder() {
    var pipeline = pipeline(2, new SignificantlyModified(1, false));
    // The caller's rows are of the keys 3, 1, 2.
    float[] values = {30, 31, 0.1f, 0.1f, 20, 21};
    var kept = pipeline.push(keys(THREE), values, new int[] {1, 2, 0});
    assertArrayEquals(new int[] {1, 2}, kept.rows());
    assertArrayEquals(new float[] {20, 21, 30, 31}, kept.values());
    assertArrayEquals(new float[] {30, 31, 0.1f, 0.1f, 20, 21}, values);
  }

  @Test
  void savedStateBringsBackEveryBit() {
    var filters = filters(new RandomSkip(0.5, 9), new SignificantlyModified(3, false));
    for (int seed = 0; seed < 10; seed++) {
      var random = new SplittableRandom(seed);
      var pipeline = new PushPipeline(filters, 3, 2);
      push(pipeline, random, 40);
      var resumed = new PushPipeline(filters, 3, 2);
      resumed.resume(PipelineState.decode(pipeline.save().encode()));
      assertTrue(pipeline.carriedRows() > 0);
      long[] keys = random.longs(0, 60).distinct().limit(30).sorted().toArray();
      float[] values = new float[3 * keys.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      var one = pipeline.push(keys(keys), values, null);
      var two = resumed.push(keys(keys), values, null);
      assertArrayEquals(one.rows(), two.rows());
      assertArrayEquals(one.values(), two.values());
      assertArrayEquals(pipeline.carriedKeys(), resumed.carriedKeys());
      assertEquals(pipeline.encoding(5), resumed.encoding(5));
    }
  }

  @Test
  void otherFiltersDoNotTakeASavedState() {
    var saved = pipeline(1, new TopK(0.5)).save();
    var refused =
        assertThrows(HoldfastException.class, () -> pipeline(1, new TopK(0.25)).resume(saved));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    assertTrue(refused.getMessage().contains("top-k:0.5"), refused.getMessage());
  }

  @Test
  void damagedStatesAreRefused() {
    byte[] good = pipeline(1, new TopK(0.5)).save().encode();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThrows(HoldfastException.class, () -> PipelineState.decode(cut));
    }
  }

  private static void push(PushPipeline pipeline, SplittableRandom random, int times) {
    for (int i = 0; i < times; i++) {
      long[] keys = random.longs(0, 60).distinct().limit(20).sorted().toArray();
      float[] values = new float[3 * keys.length];
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) random.nextGaussian();
      }
      pipeline.push(keys(keys), values, null);
      pipeline.encoding(values.length);
    }
  }

  private static void assertSent(
      PushPipeline pipeline, long[] keys, float[] values, Map<Long, Float> expected) {
    var kept = pipeline.push(keys(keys), values, null);
    var sent = new HashMap<Long, Float>();
    for (int i = 0; i < kept.rows().length; i++) {
      sent.put(keys[kept.rows()[i]], kept.values()[i]);
    }
    assertEquals(expected, sent);
  }

  private static Filters filters(PushFilter... filters) {
    var builder = Filters.builder();
    Arrays.stream(filters).forEach(builder::push);
    return builder.build();
  }

  private static PushPipeline pipeline(int width, PushFilter... filters) {
    return new PushPipeline(filters(filters), width, 0);
  }

  static PlacedKeys keys(long... keys) {
    return new PlacedKeys() {
      @Override
      public int count() {
        return keys.length;
      }

      @Override
      public long placed(int index) {
        return keys[index];
      }

      @Override
      public Placement placement() {
        return Placement.ORDERED;
      }
    };
  }

  private static RowView view(int width, long[] keys, float... values) {
    return new RowView() {
      @Override
      public int count() {
        return keys.length;
      }

      @Override
      public int width() {
        return width;
      }

      @Override
      public long key(int row) {
        return keys[row];
      }

      @Override
      public float[] values() {
        return values;
      }

      @Override
      public int offset(int row) {
        return row * width;
      }
    };
  }
}
