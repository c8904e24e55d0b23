package io.holdfast.tools.mf;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Ratings, column by column; nobody changes the arrays.
 *
 * @param users of each rating, 0 or more
 * @param items of each rating, 0 or more
 * @param values of each rating, finite
 */
record Ratings(int[] users, int[] items, float[] values) {
  static final Ratings NONE = new Ratings(new int[0], new int[0], new float[0]);

  int count() {
    return values.length;
  }

  /** 0 where there are none. */
  double mean() {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return count() == 0 ? 0 : sum / count();
  }

  int distinctUsers() {
    return distinct(users);
  }

  int distinctItems() {
    return distinct(items);
  }

  private static int distinct(int[] ids) {
    return (int) Arrays.stream(ids).sorted().distinct().count();
  }

  /** How many there are, and a checksum of all of them: the same for the same ratings alone. */
  String summary() {
    var sum = new CRC32C();
    var bytes = ByteBuffer.allocate(2 * Integer.BYTES + Float.BYTES);
    for (int i = 0; i < count(); i++) {
      sum.update(bytes.clear().putInt(users[i]).putInt(items[i]).putFloat(values[i]).flip());
    }
    return String.format(Locale.ROOT, "(%d, checksum %08x)", count(), sum.getValue());
  }

  /** Those from one up to another. */
  Ratings slice(int from, int to) {
    return new Ratings(
        Arrays.copyOfRange(users, from, to),
        Arrays.copyOfRange(items, from, to),
        Arrays.copyOfRange(values, from, to));
  }

  /** The same in another order, which the seed decides. */
  Ratings shuffled(long seed) {
    int[] order = order(count(), new SplittableRandom(seed));
    var shuffled = new Builder();
    for (int which : order) {
      shuffled.add(users[which], items[which], values[which]);
    }
    return shuffled.build();
  }

  /** The numbers below {@code count} in an order that is drawn. */
  static int[] order(int count, SplittableRandom random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  /** Collects ratings. */
  static final class Builder {
    private int[] users = new int[1024];
    private int[] items = new int[1024];
    private float[] values = new float[1024];
    private int count;

    void add(int user, int item, float value) {
      if (count == values.length) {
        int larger = Math.toIntExact(count * 2L);
        users = Arrays.copyOf(users, larger);
        items = Arrays.copyOf(items, larger);
        values = Arrays.copyOf(values, larger);
      }
      users[count] = user;
      items[count] = item;
      values[count++] = value;
    }

    int count() {
      return count;
    }

    Ratings build() {
      return new Ratings(users, items, values).slice(0, count);
    }
  }
}
