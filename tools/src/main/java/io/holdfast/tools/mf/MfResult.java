package io.holdfast.tools.mf;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;

/**
 * What a run has done. Errors are roots of mean squared errors.
 *
 * @param seconds of training, in all lives of the run
 * @param before what earlier lives of the run had done
 * @param trained ratings in this life, over all passes
 * @param error of the model in the end, on the held-out ratings, or the training ratings where none
 *     are held out
 * @param curve of all lives, by pass
 */
record MfResult(
    MfSettings settings,
    MfData data,
    double seconds,
    Before before,
    long trained,
    double error,
    List<Point> curve) {
  /**
   * @param seconds since the start
   * @param error of the model, about when every worker had done that pass
   * @param trainError of the pass, each rating with the rows that a worker had for it
   */
  record Point(int pass, double seconds, double error, double trainError) {}

  /**
   * What the lives before this one had done.
   *
   * @param life which life of the run this is; 1: the first
   * @param passes that the worker had done that was furthest; 0: none
   * @param seconds of training, as far as they are known: up to the last point of the curve
   */
  record Before(long life, int passes, double seconds) {}

  /** In this life, by all workers. */
  double ratingsPerSecond() {
    return trained / Math.max(1e-9, seconds - before.seconds());
  }

  /** NaN where it is not known. */
  double trainError() {
    return curve.isEmpty() ? Double.NaN : curve.get(curve.size() - 1).trainError();
  }

  boolean hasHeldOut() {
    return data.heldOut().count() > 0;
  }

  /** One JSON document on one line. */
  String json() {
    var mapper = new ObjectMapper();
    var json = mapper.createObjectNode();
    json.put("ratings", data.train().count());
    json.put("heldOut", data.heldOut().count());
    json.put("users", data.train().distinctUsers());
    json.put("items", data.train().distinctItems());
    json.put("rank", settings.rank());
    json.put("passes", settings.passes());
    json.put("life", before.life());
    json.put("resumedAfter", before.passes());
    json.put("seconds", seconds);
    json.put("ratingsPerSecond", ratingsPerSecond());
    json.put("evaluatedOn", hasHeldOut() ? "heldOut" : "train");
    json.put("rmse", error);
    if (Double.isFinite(trainError())) {
      json.put("trainRmse", trainError());
    } else {
      json.putNull("trainRmse");
    }
    json.put("rmseOfMean", data.errorOfMean());
    data.noise().ifPresent(noise -> json.put("noise", noise));
    var points = json.putArray("curve");
    for (Point point : curve) {
      points
          .addObject()
          .put("pass", point.pass())
          .put("seconds", point.seconds())
          .put("rmse", point.error());
    }
    return json.toString();
  }

  /** Lines for people. */
  String text() {
    var text = new StringBuilder();
    for (Point point : curve) {
      text.append(
          String.format(
              Locale.ROOT,
              "pass %3d: RMSE %.4f, in training %.4f, after %.1f s%n",
              point.pass(),
              point.error(),
              point.trainError(),
              point.seconds()));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %,d ratings of %,d users and %,d items, %,d held out; %d factors, %d passes by %d"
                + " workers in %.1f s, %,.0f ratings/s%n",
            data.description(),
            data.train().count(),
            data.train().distinctUsers(),
            data.train().distinctItems(),
            data.heldOut().count(),
            settings.rank(),
            settings.passes(),
            settings.workers(),
            seconds,
            ratingsPerSecond()));
    text.append(
        String.format(
            Locale.ROOT,
            "RMSE %.4f on %s; %.4f for who predicts the mean%s%n",
            error,
            hasHeldOut() ? "what was held out" : "the training ratings",
            data.errorOfMean(),
            data.noise().isPresent()
                ? String.format(
                    Locale.ROOT,
                    "; the noise, below which nobody comes, is %.4f",
                    data.noise().getAsDouble())
                : ""));
    return text.toString();
  }
}
