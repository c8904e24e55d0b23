package io.holdfast.tools.demo;

import io.holdfast.tools.train.WatchedTraining.Measured;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether all promises were kept.
 *
 * @param undisturbed what the same training came to when nothing was killed
 * @param disturbed what it came to with everything killed
 * @param counted the ledger of the counters
 * @param ranges compared between their replicas
 * @param differing those of them whose replicas differ, or that could not be compared
 * @param killed what was killed before the training was over
 * @param seconds that the demo took
 */
record Verdict(
    Measured undisturbed,
    Measured disturbed,
    Counting.Count counted,
    int ranges,
    int differing,
    List<String> killed,
    double seconds) {
  /** A node, a worker, everything. */
  static final int KILLS = 3;

  boolean isSameModel() {
    return undisturbed.digest().equals(disturbed.digest());
  }

  /** Whether all was killed that was to be. */
  boolean isComplete() {
    return killed.size() == KILLS;
  }

  boolean isKept() {
    return isSameModel()
        && counted.failed() == 0
        && counted.lost() == 0
        && counted.doubled() == 0
        && counted.pushes() > 0
        && ranges > 0
        && differing == 0;
  }

  /** What was found, one promise in a line. */
  List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(
        isSameModel()
            ? format(
                "same model as undisturbed, bit for bit: AUC %.4f, digest %s",
                disturbed.auc(), disturbed.digest().substring(0, 16))
            : format(
                "NOT the model of the undisturbed run: AUC %.4f instead of %.4f",
                disturbed.auc(), undisturbed.auc()));
    lines.add(
        format(
            "%,d pushes of counters acknowledged: %s",
            counted.pushes(),
            counted.lost() + counted.doubled() + counted.failed() == 0
                ? "each is in, once"
                : counted.lost()
                    + " lost, "
                    + counted.doubled()
                    + " in twice, "
                    + counted.failed()
                    + " failed"));
    lines.add(
        differing == 0
            ? format("%d ranges: all replicas are the same, bit for bit", ranges)
            : format("%d of %d ranges: replicas DIFFER or cannot be compared", differing, ranges));
    lines.add("killed: " + String.join("; ", killed));
    return lines;
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("verified", isKept() && isComplete());
    document.put("sameModel", isSameModel());
    document.put("auc", disturbed.auc());
    document.put("undisturbedAuc", undisturbed.auc());
    document.put("modelDigest", disturbed.digest());
    document.put("undisturbedModelDigest", undisturbed.digest());
    document.put("pushesAcknowledged", counted.pushes());
    document.put("pushesLost", counted.lost());
    document.put("pushesTwice", counted.doubled());
    document.put("pushesFailed", counted.failed());
    document.put("rangesCompared", ranges);
    document.put("rangesDiffering", differing);
    document.put("killed", killed);
    document.put("seconds", seconds);
    return document;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no dependency of ours
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
