package io.holdfast.tools.mf;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What is trained and tested on.
 *
 * @param train in the order of training, as the seed decides
 * @param heldOut what the model is measured on; empty: the training ratings
 * @param mean of the training ratings
 * @param noise standard deviation of what nobody can predict, where it is known
 * @param description of where they come from
 */
record MfData(
    Ratings train, Ratings heldOut, double mean, OptionalDouble noise, String description) {
  /** One made-up rating in so many is held out. */
  private static final int HELD_OUT = 10;

  private MfData(Ratings train, Ratings heldOut, OptionalDouble noise, String description) {
    this(train, heldOut, train.mean(), noise, description);
  }

  /** Makes up so many ratings, and a tenth more to be held out. */
  static MfData generated(GeneratedRatings source, int count, long seed) {
    int heldOut = Math.max(1, count / HELD_OUT);
    Ratings all = source.draw(Math.addExact(count, heldOut), seed);
    return new MfData(
        all.slice(0, count),
        all.slice(count, count + heldOut),
        OptionalDouble.of(source.noise()),
        "made-up ratings");
  }

  /**
   * Reads files. Blocks.
   *
   * @param test held-out ratings; null: a share of the others is held out
   */
  static MfData read(List<Path> files, @Nullable Path test, double share, long seed) {
    var read = new Ratings.Builder();
    for (Path file : files) {
      RatingsReader.read(file, read);
    }
    Ratings all = read.build();
    var train = new Ratings.Builder();
    var heldOut = new Ratings.Builder();
    var random = new SplittableRandom(seed);
    for (int i = 0; i < all.count(); i++) {
      boolean holds = test == null && random.nextDouble() < share;
      (holds ? heldOut : train).add(all.users()[i], all.items()[i], all.values()[i]);
    }
    if (test != null) {
      RatingsReader.read(test, heldOut);
    }
    if (train.count() == 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          files + ": all of the few ratings would be held out; give less by --holdout");
    }
    String names = String.join(", ", files.stream().map(Path::toString).toList());
    return new MfData(train.build().shuffled(seed), heldOut.build(), OptionalDouble.empty(), names);
  }

  /** The held-out ratings, or the training ratings where none are. */
  Ratings measured() {
    return heldOut.count() == 0 ? train : heldOut;
  }

  /** Root of the mean squared error on the measured ratings of who predicts the mean always. */
  double errorOfMean() {
    Ratings measured = measured();
    double sum = 0;
    for (float value : measured.values()) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / measured.count());
  }
}
