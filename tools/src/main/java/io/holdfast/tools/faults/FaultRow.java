package io.holdfast.tools.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What one kind of fault did. */
final class FaultRow {
  private final Fault fault;
  private final List<Duration> outages = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Duration> before = new ArrayList<>();
  private final List<Duration> during = new ArrayList<>();
  private int errors;
  private int pinnedAnswered;
  private int pinnedRefused;
  private long acknowledged;
  private long unanswered;
  private long lost;
  private long twice;
  private long stale;
  private long diverged;
  private boolean compared;

  FaultRow(Fault fault) {
    this.fault = fault;
  }

  Fault fault() {
    return fault;
  }

  /** It was injected once more. */
  void injected(Duration outage) {
    outages.add(outage);
  }

  void counted(
      long pushesAcknowledged, long pushesUnanswered, Ledger.Wrong wrong, long stalePulls) {
    acknowledged += pushesAcknowledged;
    unanswered += pushesUnanswered;
    lost += wrong.lost();
    twice += wrong.twice();
    stale += stalePulls;
  }

  /** Every range was compared, and so many of them have replicas that differ. */
  void scrubbed(long differing) {
    diverged += differing;
    compared = true;
  }

  /** A push took so long, in 99 of 100, before ranges moved and while they did. */
  void moved(Duration p99Before, Duration p99During) {
    before.add(p99Before);
    during.add(p99During);
  }

  /** A paused tail was asked for latest values in its old epoch. */
  void asked(int answeredPulls, int refusedPulls) {
    pinnedAnswered += answeredPulls;
    pinnedRefused += refusedPulls;
  }

  int pinnedAnswered() {
    return pinnedAnswered;
  }

  int pinnedRefused() {
    return pinnedRefused;
  }

  /** An error reached a worker. */
  void error(String error) {
    errors++;
    note(error);
  }

  int errors() {
    return errors;
  }

  /** Whether there is something to say about pushes while ranges moved. */
  boolean hasMoved() {
    return !during.isEmpty();
  }

  Duration p99Before() {
    return median(before);
  }

  Duration p99During() {
    return median(during);
  }

  /** Something that the table has no column for, and that must not happen. */
  void note(String note) {
    notes.add(fault.id() + ": " + note);
  }

  int times() {
    return outages.size();
  }

  long acknowledged() {
    return acknowledged;
  }

  long unanswered() {
    return unanswered;
  }

  long lost() {
    return lost;
  }

  long twice() {
    return twice;
  }

  long stale() {
    return stale;
  }

  long diverged() {
    return diverged;
  }

  /** Whether {@link #diverged} is known. */
  boolean isCompared() {
    return compared;
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  boolean keepsThePromises() {
    return lost == 0
        && twice == 0
        && stale == 0
        && diverged == 0
        && (errors == 0 || !fault.isPlanned());
  }

  /** Median of the outages; of an even number the higher one in the middle. */
  Duration medianOutage() {
    return median(outages);
  }

  private static Duration median(List<Duration> of) {
    List<Duration> sorted = of.stream().sorted().toList();
    return sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() / 2);
  }

  Duration longestOutage() {
    return outages.stream().max(Duration::compareTo).orElse(Duration.ZERO);
  }
}
