package io.holdfast.tools.compare;

import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Converters;
import io.holdfast.tools.train.LrProblem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** The options that the comparisons share: data of the logistic regression, and how it trains. */
final class LogisticOptions {
  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      showDefaultValue = Help.Visibility.NEVER,
      description = "Training data of lr, LIBSVM format. Default: a generated click log.")
  private List<Path> data = new ArrayList<>();

  @Option(names = "--test", paramLabel = "FILE", description = "Test data of lr, LIBSVM format.")
  private @Nullable Path test;

  @Option(
      names = "--examples",
      paramLabel = "N",
      description = "Size of the generated click log; a tenth more is held out as test data.")
  private int examples;

  @Option(
      names = "--passes",
      paramLabel = "N",
      description = "Passes over the data, of all workers together.")
  private int passes = 8;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Examples in a mini-batch of one worker, which is a clock. The batches are the same in"
              + " every pass.")
  private int batch = 1000;

  @Option(names = "--alpha", paramLabel = "RATE", description = "Learning rate of lr.")
  private double alpha;

  @Option(names = "--l1", paramLabel = "L1", description = "L1 penalty of lr.")
  private double l1;

  @Option(names = "--l2", paramLabel = "L2", description = "L2 penalty of lr.")
  private double l2 = 1;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      converter = Converters.OfDurability.class,
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "When a push is acknowledged: fsync (on disk) or memory (in the log's mapping). Default:"
              + " memory.")
  private Durability durability = Durability.MEMORY;

  /** With these defaults. */
  LogisticOptions(int examples, double alpha, double l1) {
    this.examples = examples;
    this.alpha = alpha;
    this.l1 = l1;
  }

  void check(int workers) {
    require(
        workers >= 1 && passes >= 1 && batch >= 1 && examples >= 1,
        "--workers, --passes, --batch and --examples must be 1 or more");
    require(test == null || !data.isEmpty(), "--test needs --data");
  }

  static void require(boolean condition, String message) {
    if (!condition) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }

  /** What is solved, by so many workers. */
  LrProblem.Problem problem(int workers, String consistency, long seed) {
    return new LrProblem.Problem(
        data, test, examples, workers, passes, batch, consistency, alpha, l1, l2, durability, seed);
  }

  int passes() {
    return passes;
  }

  int batch() {
    return batch;
  }

  Durability durability() {
    return durability;
  }

  /** For the report. */
  Map<String, Object> shown() {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("Data of lr", data.isEmpty() ? examples + " generated examples" : data.toString());
    shown.put("Passes", passes);
    shown.put("Batch", batch);
    shown.put("Alpha of lr", alpha);
    shown.put("L1 of lr", l1);
    shown.put("L2 of lr", l2);
    shown.put("Durability", durability.name().toLowerCase(Locale.ROOT));
    return shown;
  }
}
