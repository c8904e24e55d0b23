package io.holdfast.tools.train;

import io.holdfast.client.Table;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Weights by feature, as they were pulled at one time. Features that it does not hold weigh
 * nothing.
 *
 * @param keys ascending, {@link #INTERCEPT_KEY} first where there is an intercept
 * @param weights in the order of keys
 */
record LinearModel(long[] keys, float[] weights) {
  /** No file can hold feature 0: indices are one-based. */
  static final long INTERCEPT_KEY = 0;

  private static final int KEYS_PER_PULL = 1 << 18;

  /**
   * Pulls the weights of these keys, which are the first value of each row, in pieces, all of them
   * under way at once. Blocks.
   */
  static LinearModel pull(Table table, long[] keys) {
    int width = table.spec().width();
    float[] weights = new float[keys.length];
    List<CompletableFuture<Void>> pieces = new ArrayList<>();
    for (int from = 0; from < keys.length; from += KEYS_PER_PULL) {
      int start = from;
      int end = Math.min(keys.length, from + KEYS_PER_PULL);
      pieces.add(
          table
              .pull(Arrays.copyOfRange(keys, start, end))
              .thenAccept(
                  rows -> {
                    for (int i = start; i < end; i++) {
                      weights[i] = rows.floats()[(i - start) * width];
                    }
                  }));
    }
    CompletableFuture.allOf(pieces.toArray(CompletableFuture<?>[]::new)).join();
    return new LinearModel(keys, weights);
  }

  /** The keys of a model over these examples. */
  static long[] keysOf(Examples examples, boolean intercept) {
    long[] features = examples.features();
    if (!intercept) {
      return features;
    }
    long[] keys = new long[features.length + 1];
    System.arraycopy(features, 0, keys, 1, features.length);
    return keys;
  }

  /** The {@code w.x} of the first {@code count} examples. */
  double[] margins(Examples examples, int count) {
    float[] byColumn = byColumn(examples);
    double intercept = intercept();
    double[] margins = new double[count];
    for (int row = 0; row < count; row++) {
      double margin = intercept;
      for (int i = examples.start(row); i < examples.end(row); i++) {
        margin += (double) byColumn[examples.column(i)] * examples.value(i);
      }
      margins[row] = margin;
    }
    return margins;
  }

  /** Metrics over the first {@code count} examples. */
  Metrics evaluate(Examples examples, int count) {
    boolean[] positive = new boolean[count];
    for (int row = 0; row < count; row++) {
      positive[row] = examples.isPositive(row);
    }
    return Metrics.of(margins(examples, count), positive);
  }

  /**
   * What training minimizes: the sum of all log-losses over the examples, plus {@code l1 * |w|_1 +
   * l2 / 2 * |w|^2} over all weights, the intercept among them.
   */
  double objective(Examples examples, double l1, double l2) {
    double objective = 0;
    double[] margins = margins(examples, examples.count());
    for (int row = 0; row < margins.length; row++) {
      objective += Metrics.logLoss(margins[row], examples.isPositive(row));
    }
    for (float weight : weights) {
      objective += l1 * Math.abs(weight) + l2 / 2 * weight * weight;
    }
    return objective;
  }

  int nonZeros() {
    int count = 0;
    for (float weight : weights) {
      count += weight != 0 ? 1 : 0;
    }
    return count;
  }

  /** SHA-256 of all keys and the exact bits of their weights, in hexadecimal. */
  String digest() {
    var bytes = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (int i = 0; i < keys.length; i++) {
      bytes.clear().putLong(keys[i]).putInt(Float.floatToRawIntBits(weights[i]));
      digest.update(bytes.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  double intercept() {
    return keys.length > 0 && keys[0] == INTERCEPT_KEY ? weights[0] : 0;
  }

  /**
   * Writes a line {@code feature:weight} for each weight that is not zero, in ascending order of
   * features; the intercept is feature 0.
   */
  void write(Path file) {
    try (var out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
      for (int i = 0; i < keys.length; i++) {
        if (weights[i] != 0) {
          out.append(Long.toString(keys[i])).append(':').append(Float.toString(weights[i]));
          out.append('\n');
        }
      }
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "cannot write the model to " + file + ": " + e, e);
    }
  }

  private float[] byColumn(Examples examples) {
    float[] byColumn = new float[examples.columns()];
    int at = 0;
    for (int column = 0; column < byColumn.length; column++) {
      long feature = examples.feature(column);
      while (at < keys.length && keys[at] < feature) {
        at++;
      }
      byColumn[column] = at < keys.length && keys[at] == feature ? weights[at] : 0;
    }
    return byColumn;
  }
}
