package io.holdfast.tools.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.client.Traffic;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a run has reached.
 *
 * @param settings it ran with
 * @param metrics on the test examples, or on the training examples where there are none
 * @param onTest which of the two
 * @param trueAuc AUC of the weights that generated data were drawn from, on the same examples; NaN
 *     for data from files
 * @param objective see {@link LinearModel#objective}, over the training examples
 * @param model the final weights
 * @param trainExamples number of training examples
 * @param examplesDone examples that this life of the run has trained on, over all passes
 * @param seconds of training in all lives of the run, without loading and the final evaluation
 * @param before what earlier lives of the run had done
 * @param idleShares of each worker's time that it waited in pulls, by rank
 * @param bounds of the table over time, where the run adapted them
 * @param traffic of the workers, since they began; null where they are in other processes
 * @param curve how it went, in order of time
 */
record TrainingResult(
    LrSettings settings,
    Metrics metrics,
    boolean onTest,
    double trueAuc,
    double objective,
    LinearModel model,
    int trainExamples,
    long examplesDone,
    double seconds,
    Before before,
    List<Double> idleShares,
    List<BoundControl.Change> bounds,
    @Nullable Traffic traffic,
    List<Point> curve) {

  /**
   * One look at the model while it is trained.
   *
   * @param seconds since the start
   * @param passes over the data that were done, as a fraction
   * @param trainLoss mean log-loss of the examples trained on since the last point, each before its
   *     own gradient was pushed
   * @param metrics of the model as it was
   * @param objective of the model as it was, over the training examples; NaN where that would cost
   *     too much to know on the way
   * @param nonZeros weights that were not zero
   */
  record Point(
      double seconds,
      double passes,
      double trainLoss,
      Metrics metrics,
      double objective,
      int nonZeros) {
    /** As an entry of the run's journal. */
    double[] values() {
      return new double[] {
        seconds,
        passes,
        trainLoss,
        metrics.auc(),
        metrics.logLoss(),
        metrics.accuracy(),
        objective,
        nonZeros
      };
    }

    static Point of(double[] values) {
      return new Point(
          values[0],
          values[1],
          values[2],
          new Metrics(values[3], values[4], values[5]),
          values[6],
          (int) values[7]);
    }
  }

  /**
   * What the lives before this one had done.
   *
   * @param life which life of the run this is; 1: the first
   * @param passes over the data that were behind the workers when this life began
   * @param seconds of training, as far as they are known: up to the last point of the curve
   */
  record Before(long life, double passes, double seconds) {
    static final Before NOTHING = new Before(1, 0, 0);
  }

  /** Examples trained on in a second of this life, by all workers. */
  double examplesPerSecond() {
    return examplesDone / Math.max(1e-9, seconds - before.seconds());
  }

  /** Share of the workers' time that they waited in pulls, all alike; NaN without workers. */
  double idleShare() {
    return idleShares.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /** One JSON document on one line. */
  String json() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    put(json, "auc", metrics.auc());
    put(json, "logLoss", metrics.logLoss());
    put(json, "accuracy", metrics.accuracy());
    put(json, "objective", objective);
    json.put("nonZeros", model.nonZeros());
    json.put("modelDigest", model.digest());
    json.put("examples", trainExamples);
    put(json, "seconds", seconds);
    json.put("life", before.life());
    put(json, "resumedAfter", before.passes());
    put(json, "examplesPerSecond", examplesPerSecond());
    put(json, "idleShare", idleShare());
    idleShares.forEach(json.putArray("idleShares")::add);
    json.put("evaluatedOn", onTest ? "test" : "train");
    if (!Double.isNaN(trueAuc)) {
      put(json, "trueAuc", trueAuc);
    }
    json.put("consistency", settings.consistency());
    json.put("workers", settings.workers());
    json.put("passes", settings.passes());
    BlockSettings blocks = settings.blocks();
    json.put("algorithm", blocks == null ? "online" : "block-proximal");
    if (blocks == null) {
      json.put("rule", settings.rule().name().toLowerCase(Locale.ROOT));
      json.put("batch", settings.batch());
    } else {
      json.put("blocks", blocks.blocks());
      json.put("delay", blocks.delay());
      json.put("kkt", blocks.kkt());
    }
    json.put("l1", settings.l1());
    json.put("l2", settings.l2());
    json.put("filters", settings.traffic().filters());
    if (traffic != null) {
      json.putObject("bytes")
          .put("pushed", traffic.pushed())
          .put("pullRequests", traffic.pullRequests())
          .put("pulled", traffic.pulled())
          .put("sent", traffic.sent())
          .put("received", traffic.received());
    }
    if (!bounds.isEmpty()) {
      var changes = json.putArray("bounds");
      bounds.forEach(
          change ->
              changes.addObject().put("seconds", change.seconds()).put("bound", change.bound()));
    }
    var points = json.putArray("curve");
    for (Point point : curve) {
      var at = points.addObject();
      put(at, "seconds", point.seconds());
      put(at, "passes", point.passes());
      put(at, "trainLoss", point.trainLoss());
      put(at, "logLoss", point.metrics().logLoss());
      put(at, "auc", point.metrics().auc());
      put(at, "objective", point.objective());
      at.put("nonZeros", point.nonZeros());
    }
    return json.toString();
  }

  /** JSON has no NaN: what cannot be told (AUC of one class) is null. */
  private static void put(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }

  /** A few lines for people. */
  String text() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: AUC %.4f, log-loss %.4f, accuracy %.2f %%%n",
            onTest ? "test" : "training data (no test data)",
            metrics.auc(),
            metrics.logLoss(),
            100 * metrics.accuracy()));
    if (!Double.isNaN(trueAuc)) {
      text.append(
          String.format(
              Locale.ROOT,
              "      AUC of the weights that the clicks were drawn from: %.4f%n",
              trueAuc));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "objective %.2f, %,d of %,d weights are not zero%n",
            objective,
            model.nonZeros(),
            model.keys().length));
    if (traffic != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "the workers sent %,d bytes, of which %,d in pushes, and received %,d%n",
              traffic.sent(),
              traffic.pushed(),
              traffic.received()));
    }
    text.append(String.format(Locale.ROOT, "model digest %s%n", model.digest()));
    text.append(
        String.format(
            Locale.ROOT,
            "%,d examples, %d passes, %d workers, %s: %.1f s, %,.0f examples/s, %.0f %% idle%n",
            trainExamples,
            settings.passes(),
            settings.workers(),
            settings.consistency(),
            seconds,
            examplesPerSecond(),
            100 * idleShare()));
    if (before.life() > 1) {
      text.append(
          String.format(
              Locale.ROOT,
              "life %d of the run, which went on after %.2f passes%n",
              before.life(),
              before.passes()));
    }
    return text.toString();
  }
}
