package io.holdfast.tools.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is trained and tested on.
 *
 * @param train all training examples, or one worker's
 * @param totalExamples training examples of all workers
 * @param test held-out examples, where there are any
 * @param truth weights that generated data were drawn from
 */
record TrainingData(
    Examples train, long totalExamples, @Nullable Examples test, @Nullable LinearModel truth) {
  /** One generated example in so many is held out. */
  private static final int HELD_OUT = 10;

  /** Loads everything. Blocks. */
  static TrainingData load(LrSettings settings, @Nullable Path testFile) {
    TrainingData all = loadTrain(settings, 0, 1);
    if (testFile != null) {
      var test = new Examples.Builder();
      LibSvmReader.read(testFile, test);
      return new TrainingData(all.train, all.totalExamples, test.build(), null);
    }
    if (!settings.data().isEmpty()) {
      return all;
    }
    var log = new ClickLog(settings.seed());
    var test = new Examples.Builder();
    int count = Math.max(1, settings.generatedExamples() / HELD_OUT);
    log.write(settings.generatedExamples(), count, test);
    return new TrainingData(all.train, all.totalExamples, test.build(), log.truth());
  }

  /** Loads the training examples of one worker alone. Blocks. */
  static TrainingData loadStripe(LrSettings settings, int rank) {
    return loadTrain(settings, rank, settings.workers());
  }

  private static TrainingData loadTrain(LrSettings settings, int first, int step) {
    // Blocks of features are cut alike by all.
    var train = new Examples.Builder(first, step, settings.blocks() != null);
    if (settings.data().isEmpty()) {
      new ClickLog(settings.seed()).write(0, settings.generatedExamples(), train);
    }
    for (String file : settings.data()) {
      LibSvmReader.read(Path.of(file), train);
    }
    long seen = train.seen();
    return new TrainingData(train.build(), seen, null, null);
  }

  /** What the model is measured on: the test examples, or the training examples without them. */
  Examples measured() {
    return test == null ? train : test;
  }
}
