package io.holdfast.tools.server;

import io.holdfast.v1.AcceptLossReply;
import io.holdfast.v1.Range;
import io.holdfast.v1.RangeStatus;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is known of a loss that an operator accepts: by what live nodes report. Pure. */
final class Loss {
  private final Range before;
  private final int node;
  private final Map<Integer, RangeStatus> reports;

  /**
   * @param before the range as it was
   * @param node which goes on
   * @param reports of the live nodes that have something of the range
   */
  Loss(Range before, int node, Map<Integer, RangeStatus> reports) {
    this.before = before;
    this.node = node;
    this.reports = new TreeMap<>(reports);
  }

  private RangeStatus kept() {
    return reports.getOrDefault(node, RangeStatus.getDefaultInstance());
  }

  private boolean hasAll() {
    return before.getActivatedNodesList().contains(node);
  }

  /** The highest LSN that somebody knows to be committed, the one who goes on included. */
  private long known() {
    return reports.values().stream().mapToLong(RangeStatus::getCommittedLsn).max().orElse(0);
  }

  private long atLeast() {
    return Math.max(0, known() - kept().getLastLsn());
  }

  AcceptLossReply.Builder reply() {
    return AcceptLossReply.newBuilder()
        .setNode(node)
        .setKeptLsn(kept().getLastLsn())
        .setKeptEpoch(kept().getLastRecordEpoch())
        .setKnownLsn(Math.max(known(), kept().getLastLsn()))
        .setLostAtLeast(atLeast())
        .setLost(text());
  }

  private String text() {
    String goesOn =
        "range "
            + before.getId()
            + " goes on with node "
            + node
            + (kept().getLastLsn() == 0
                ? ", which has no record of it"
                : ", whose log ends at " + end(kept()));
    if (hasAll()) {
      return goesOn + ": it had every acknowledged push, so that nothing is lost";
    }
    String chain =
        "; nodes "
            + before.getActivatedNodesList()
            + " had every acknowledged push, in epoch "
            + before.getActivatedEpoch()
            + ". Acknowledged records behind that end are lost: ";
    String count =
        atLeast() == 0
            ? "no live node knows how many there are"
            : atLeast() + " at least, as record " + known() + " is known to be committed";
    String others =
        reports.entrySet().stream()
            .filter(report -> report.getKey() != node)
            .map(
                report ->
                    "node "
                        + report.getKey()
                        + " to "
                        + end(report.getValue())
                        + ", "
                        + report.getValue().getState())
            .collect(Collectors.joining("; "));
    return goesOn + chain + count + (others.isEmpty() ? "" : ". Other live nodes: " + others);
  }

  private static String end(RangeStatus status) {
    return "record " + status.getLastLsn() + " of epoch " + status.getLastRecordEpoch();
  }
}
