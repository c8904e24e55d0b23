package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.TableSpec;
import io.holdfast.store.rows.KeyBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PushMergeTest {
  private final PushMerge merge = new PushMerge();

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static KeyBatch listed(long... keys) {
    var batch = new KeyBatch();
    System.arraycopy(keys, 0, batch.setListed(keys.length), 0, keys.length);
    return batch;
  }

  private static KeyBatch contiguous(long first, int count) {
    var batch = new KeyBatch();
    batch.setContiguous(first, count);
    return batch;
  }

  private static PushMerge.Part floats(KeyBatch keys, float... values) {
    var bytes = little(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return new PushMerge.Part(keys, bytes);
  }

  private static PushMerge.Part longs(KeyBatch keys, long... values) {
    var bytes = little(values.length * Long.BYTES);
    bytes.asLongBuffer().put(values);
    return new PushMerge.Part(keys, bytes);
  }

  private static long[] keys(PushMerge.Part part) {
    long[] keys = new long[part.keys().count()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = part.keys().key(i);
    }
    return keys;
  }

  private static float[] floats(PushMerge.Part part, int width) {
    float[] values = new float[part.keys().count() * width];
    part.values()
        .slice(0, values.length * 4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return values;
  }

  @Test
  void disjointKeysAreInterleavedAndSharedOnesAdded() {
    var spec = TableSpec.sparse().width(2).build();
    var sum =
        merge.merge(
            List.of(
                floats(listed(1, 5, 9), 1, 2, 3, 4, 5, 6),
                floats(listed(3, 5), 10, 20, 30, 40),
                floats(listed(5, 12), 100, 200, 300, 400)),
            spec);
    assertArrayEquals(new long[] {1, 3, 5, 9, 12}, keys(sum));
    assertArrayEquals(new float[] {1, 2, 10, 20, 133, 244, 5, 6, 300, 400}, floats(sum, 2));
  }

  @Test
  void keysAreOrderedAsUnsignedNumbers() {
    var sum =
        merge.merge(
            List.of(floats(listed(-2, -1), 1, 2), floats(listed(0, -1), 3, 4)),
            TableSpec.sparse().build());
    assertArrayEquals(new long[] {0, -2, -1}, keys(sum));
    assertArrayEquals(new float[] {3, 1, 6}, floats(sum, 1));
  }

  @Test
  void neighbouringPiecesOfADenseVectorBecomeOne() {
    var sum =
        merge.merge(
            List.of(floats(contiguous(10, 3), 1, 2, 3), floats(contiguous(12, 2), 10, 20)),
            TableSpec.dense(100).build());
    assertTrue(sum.keys().isContiguous());
    assertArrayEquals(new long[] {10, 11, 12, 13}, keys(sum));
    assertArrayEquals(new float[] {1, 2, 13, 20}, floats(sum, 1));
  }

  @Test
  void pushesWithoutKeysAddNothing() {
    var spec = TableSpec.sparse().build();
    var empty = floats(listed());
    assertEquals(0, merge.merge(List.of(empty, floats(contiguous(0, 0))), spec).keys().count());
    var sum = merge.merge(List.of(empty, floats(listed(4), 2), empty, floats(listed(4), 3)), spec);
    assertArrayEquals(new float[] {5}, floats(sum, 1));
  }

  @Test
  void int64WrapsAround() {
    var sum =
        merge.merge(
            List.of(
                longs(listed(1), Long.MAX_VALUE), longs(listed(1, 2), 1, 7), longs(listed(2), -7)),
            TableSpec.sparse().int64().build());
    assertEquals(Long.MIN_VALUE, sum.values().getLong(0));
    assertEquals(0, sum.values().getLong(8));
  }

  /** Many pushes into a model and, in batches of random size, through sums: the same rows. */
  @Test
  void randomPushesAndTheirSumsMakeEqualRows() {
    for (int seed = 1; seed <= 200; seed++) {
      var random = new Random(seed);
      int width = 1 + random.nextInt(3);
      var spec = TableSpec.sparse().width(width).int64().build();
      Map<Long, long[]> one = new TreeMap<>(Long::compareUnsigned);
      Map<Long, long[]> summed = new TreeMap<>(Long::compareUnsigned);
      var parts = new ArrayList<PushMerge.Part>();
      for (int push = 0; push < 30; push++) {
        var part = randomPart(random, width);
        apply(part, width, one);
        parts.add(part);
        if (random.nextInt(4) == 0 || push == 29) {
          var sum = merge.merge(parts, spec);
          long[] keys = keys(sum);
          for (int i = 1; i < keys.length; i++) {
            assertTrue(Long.compareUnsigned(keys[i - 1], keys[i]) < 0, "seed " + seed);
          }
          apply(sum, width, summed);
          parts.clear();
        }
      }
      assertEquals(one.keySet(), summed.keySet(), "seed " + seed);
      for (var row : one.entrySet()) {
        assertArrayEquals(row.getValue(), summed.get(row.getKey()), "seed " + seed);
      }
    }
  }

  private static PushMerge.Part randomPart(Random random, int width) {
    int count = random.nextInt(20);
    KeyBatch keys;
    if (random.nextBoolean()) {
      keys = contiguous(random.nextInt(4) * 5L, count);
    } else {
      keys =
          listed(
              random
                  .longs(count, 0, 40)
                  .map(key -> key % 3 == 0 ? -key - 1 : key)
                  .boxed()
                  .distinct()
                  .sorted(Long::compareUnsigned)
                  .mapToLong(Long::longValue)
                  .toArray());
    }
    return longs(keys, random.longs((long) keys.count() * width).toArray());
  }

  private static void apply(PushMerge.Part part, int width, Map<Long, long[]> rows) {
    for (int i = 0; i < part.keys().count(); i++) {
      long[] row = rows.computeIfAbsent(part.keys().key(i), k -> new long[width]);
      for (int c = 0; c < width; c++) {
        row[c] += part.values().getLong((i * width + c) * Long.BYTES);
      }
    }
  }
}
