package io.holdfast.tools.mf;

import io.holdfast.client.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Measures a table of factors on some ratings. Users and items that were never trained count as
 * having a row of zeros, so that they are predicted by what is known of the other side.
 */
final class FactorModel {
  private static final int VALUES_PER_PULL = 1 << 20;

  private final RatingBatch measured;
  private final long[] keys;
  private final int[] places;
  private final int width;
  private final double mean;

  FactorModel(MfData data, int width) {
    this.measured = RatingBatch.of(data.measured());
    this.width = width;
    this.mean = data.mean();
    long[] trained = RatingBatch.of(data.train()).keys();
    long[] wanted = measured.keys();
    int[] known = new int[wanted.length];
    int count = 0;
    for (int i = 0; i < wanted.length; i++) {
      if (Arrays.binarySearch(trained, wanted[i]) >= 0) {
        known[count++] = i;
      }
    }
    this.places = Arrays.copyOf(known, count);
    this.keys = Arrays.stream(places).mapToLong(place -> wanted[place]).toArray();
  }

  /** Root of the mean squared error, with the table's rows as they are now. Blocks. */
  double error(Table factors) {
    float[] rows = new float[measured.keys().length * width];
    List<CompletableFuture<Void>> pieces = new ArrayList<>();
    int step = Math.max(1, VALUES_PER_PULL / width);
    for (int from = 0; from < keys.length; from += step) {
      int first = from;
      long[] some = Arrays.copyOfRange(keys, from, Math.min(keys.length, from + step));
      pieces.add(factors.pull(some).thenAccept(pulled -> place(pulled.floats(), first, rows)));
    }
    CompletableFuture.allOf(pieces.toArray(CompletableFuture<?>[]::new)).join();
    return Math.sqrt(measured.squaredError(rows, width, mean) / measured.size());
  }

  private void place(float[] pulled, int first, float[] rows) {
    for (int i = 0; i < pulled.length / width; i++) {
      System.arraycopy(pulled, i * width, rows, places[first + i] * width, width);
    }
  }
}
