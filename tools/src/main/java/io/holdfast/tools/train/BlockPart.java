package io.holdfast.tools.train;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One worker's part of block proximal gradient: its examples, the weights as it knows them, and
 * {@code w.x} of each example. It computes what the worker pushes for a block and takes up what the
 * worker pulls; pure, no threads, not thread-safe.
 *
 * <p>The features are cut into blocks of as many each, in the order of their keys: features that
 * stand together in the data often exclude each other, and a block of such is solved almost as if
 * each of its weights were alone.
 *
 * <p><b>Curvature.</b> For weights that change together, by at most their radii {@code r}, the loss
 * is below {@code f(w) + g.d + 1/2 sum of u_k d_k^2} with
 *
 * <pre>{@code u_k = sum over examples i of h_i |x_ik| * (sum over the block's j of |x_ij|)}</pre>
 *
 * where {@code h_i} bounds the second derivative of the example's loss on the way: the lesser of
 * 1/4 and {@code p (1 - p) exp(sum of r_j |x_ij|)}, since that derivative changes by no more than
 * its own size (Genkin, Lewis and Madigan, 2007, section 3). What other blocks change meanwhile,
 * unseen because of the delay, adds to the second factor; the order of blocks is random, so that is
 * {@code delay / blocks} of the example's whole sum, on average (Li et al., NIPS '14, theorem 2:
 * the steps get shorter with the delay times how much blocks have in common).
 *
 * <p><b>Sums of {@code w.x} are whole numbers</b> of units of 2^-32: they are the same whatever
 * order the weights came in, so that a worker that resumes has the same bits as one that did not.
 */
final class BlockPart {
  /** Entries of a pushed and of a pulled row: gradient and curvature; weight and radius. */
  static final int WIDTH = 2;

  /** Of a weight that was never changed. */
  static final float FIRST_RADIUS = 1;

  private static final double UNITS = 0x1p32;
  private static final double MOST_CURVATURE = 0.25;
  private static final double MOST_REACH = 700;

  private final BlockColumns columns;
  private final BlockSettings settings;
  private final int[][] features;
  private final long[][] keys;
  private final float[] weight;
  private final float[] radius;
  private final long[] margin;
  private final double[] norm;
  private final double[] reach;
  private final double[] slope;
  private final double[] bend;
  private double largestChange;

  BlockPart(BlockColumns columns, BlockSettings settings) {
    this.columns = columns;
    this.settings = settings;
    this.features = new int[settings.blocks()][];
    this.keys = new long[settings.blocks()][];
    for (int block = 0; block < settings.blocks(); block++) {
      features[block] =
          IntStream.range(bound(block), bound(block + 1))
              .filter(feature -> !columns.isEmpty(feature))
              .toArray();
      keys[block] = keysOf(features[block]);
    }
    this.weight = new float[columns.features()];
    this.radius = new float[columns.features()];
    this.margin = new long[columns.examples()];
    this.norm = new double[columns.examples()];
    this.reach = new double[columns.examples()];
    this.slope = new double[columns.examples()];
    this.bend = new double[columns.examples()];
  }

  private int bound(int block) {
    return Math.toIntExact((long) block * columns.features() / settings.blocks());
  }

  private long[] keysOf(int[] some) {
    return Arrays.stream(some).mapToLong(feature -> columns.keys()[feature]).toArray();
  }

  /** Of the block's features that these examples have, ascending. */
  long[] keys(int block) {
    return keys[block];
  }

  /** Of all features that these examples have, ascending. */
  long[] keys() {
    return Arrays.stream(keys).flatMapToLong(Arrays::stream).toArray();
  }

  /** Of the block's {@link #keys(int)} those whose weight does not rest. */
  long[] wakefulKeys(int block) {
    return keysOf(Arrays.stream(features[block]).filter(feature -> !rests(feature)).toArray());
  }

  /** Whether the weight is zero and is to stay so until all are looked at again. */
  boolean rests(long key) {
    int feature = Arrays.binarySearch(columns.keys(), key);
    return feature >= 0 && rests(feature);
  }

  private boolean rests(int feature) {
    return radius[feature] < 0;
  }

  /**
   * Gradient and curvature of these examples' losses, {@code [keys][2]} in the order of {@link
   * #keys(int)}.
   *
   * @param all whether also of the weights that rest; theirs are zeros otherwise
   */
  float[] gradient(int block, boolean all) {
    int[] some = Arrays.stream(features[block]).filter(feature -> all || !rests(feature)).toArray();
    for (int feature : some) {
      double far = radius[feature] == 0 ? FIRST_RADIUS : Math.abs(radius[feature]);
      for (int i = columns.start()[feature]; i < columns.start()[feature + 1]; i++) {
        int row = columns.row()[i];
        double size = Math.abs(columns.value()[i]);
        if (norm[row] == 0) {
          double p = Metrics.sigmoid(margin[row] / UNITS);
          slope[row] = p - (columns.positive()[row] ? 1 : 0);
          bend[row] = p * (1 - p);
        }
        norm[row] += size;
        reach[row] += far * size;
      }
    }
    float[] values = new float[WIDTH * features[block].length];
    double others = (double) settings.delay() / settings.blocks();
    int at = 0;
    for (int i = 0; i < features[block].length; i++) {
      if (at < some.length && some[at] == features[block][i]) {
        sum(some[at++], others, values, WIDTH * i);
      }
    }
    for (int feature : some) {
      for (int i = columns.start()[feature]; i < columns.start()[feature + 1]; i++) {
        norm[columns.row()[i]] = 0;
        reach[columns.row()[i]] = 0;
      }
    }
    return values;
  }

  private void sum(int feature, double others, float[] into, int at) {
    double gradient = 0;
    double curvature = 0;
    for (int i = columns.start()[feature]; i < columns.start()[feature + 1]; i++) {
      int row = columns.row()[i];
      double x = columns.value()[i];
      double growth = Math.exp(Math.min(MOST_REACH, reach[row])); // 0 times infinity is no number
      double bound = Math.min(MOST_CURVATURE, bend[row] * growth);
      gradient += slope[row] * x;
      curvature +=
          bound * Math.abs(x) * (norm[row] / settings.step() + others * columns.norm()[row]);
    }
    into[at] = (float) gradient;
    into[at + 1] = (float) curvature;
  }

  /**
   * Takes up rows as they were pulled.
   *
   * @param pulled keys of features that these examples have
   * @param rows {@code [keys][2]}
   */
  void learn(long[] pulled, float[] rows) {
    for (int i = 0; i < pulled.length; i++) {
      int feature = Arrays.binarySearch(columns.keys(), pulled[i]);
      float now = rows[WIDTH * i];
      float before = weight[feature];
      radius[feature] = rows[WIDTH * i + 1];
      if (now != before) {
        weight[feature] = now;
        largestChange = Math.max(largestChange, Math.abs((double) now - before));
        move(feature, before, now);
      }
    }
  }

  private void move(int feature, double before, double now) {
    for (int i = columns.start()[feature]; i < columns.start()[feature + 1]; i++) {
      double x = columns.value()[i];
      margin[columns.row()[i]] += Math.round(x * now * UNITS) - Math.round(x * before * UNITS);
    }
  }

  /** The largest change of a weight since this was asked for last. */
  double takeLargestChange() {
    double largest = largestChange;
    largestChange = 0;
    return largest;
  }

  /** Sum of these examples' log-losses at the weights as they are known. */
  double lossSum() {
    double sum = 0;
    for (int row = 0; row < margin.length; row++) {
      sum += Metrics.logLoss(margin[row] / UNITS, columns.positive()[row]);
    }
    return sum;
  }

  int examples() {
    return columns.examples();
  }
}
