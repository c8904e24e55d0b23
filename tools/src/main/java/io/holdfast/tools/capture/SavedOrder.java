package io.holdfast.tools.capture;

import io.holdfast.v1.CapturedRange;
import io.holdfast.v1.CapturedWorker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether the captured ranges of a job belong together: whoever resumes from its saved state must
 * find each of its pushes before that in every range, and what a range knows of the group the home
 * range must know, too.
 */
final class SavedOrder {
  private SavedOrder() {}

  /**
   * What is wrong.
   *
   * @param home whether the home range is the one that is behind, and has to be captured again with
   *     all others after it; else the range is
   */
  record Fault(int range, boolean home, String what) {}

  /**
   * Compares one range with its job's home range.
   *
   * @param ancestors of the range, the oldest first
   * @return null where they belong together
   */
  static @Nullable Fault check(CapturedRange home, CapturedRange range, List<Integer> ancestors) {
    if (range.getRoster() > home.getRoster()) {
      return new Fault(
          range.getRange(),
          true,
          "range "
              + range.getRange()
              + " has version "
              + range.getRoster()
              + " of the group, the home range version "
              + home.getRoster());
    }
    var entries = workers(range);
    var known = workers(home);
    for (var worker : entries.values()) {
      var atHome = known.get(worker.getRank());
      if (atHome == null || atHome.getIncarnation() < worker.getIncarnation()) {
        return new Fault(
            range.getRange(),
            true,
            "rank " + worker.getRank() + " joined between the home range and the others");
      }
    }
    for (var saved : home.getSavedList()) {
      long seq = named(saved.getSeqsMap(), range.getRange(), ancestors);
      var entry = entries.get(saved.getRank());
      long has = entry == null ? 0 : entry.getSeq();
      if (seq > has) {
        return new Fault(
            range.getRange(),
            false,
            "rank "
                + saved.getRank()
                + " saved its state at clock "
                + saved.getClock()
                + " after push "
                + seq
                + " to range "
                + range.getRange()
                + ", which has "
                + has);
      }
    }
    return null;
  }

  private static Map<Integer, CapturedWorker> workers(CapturedRange range) {
    var workers = new HashMap<Integer, CapturedWorker>();
    for (var worker : range.getWorkersList()) {
      if (worker.getRank() >= 0) {
        workers.put(worker.getRank(), worker);
      }
    }
    return workers;
  }

  /** The seq under the range's own id, else under its newest ancestor's; 0 where there is none. */
  private static long named(Map<Integer, Long> seqs, int range, List<Integer> ancestors) {
    Long own = seqs.get(range);
    if (own != null) {
      return own;
    }
    for (int ancestor : ancestors.reversed()) {
      Long of = seqs.get(ancestor);
      if (of != null) {
        return of;
      }
    }
    return 0;
  }
}
