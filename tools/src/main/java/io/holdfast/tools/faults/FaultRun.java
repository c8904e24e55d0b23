package io.holdfast.tools.faults;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.ScrubResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Injects faults into one cluster, one after the other, and counts what they did. After each, what
 * was broken is mended and every range is fully replicated again before the counters are compared.
 * Blocks.
 */
final class FaultRun {
  private final ClusterSight sight;
  private final Load load;
  private final Injector injector;
  private final Duration patience;
  private final Consumer<String> progress;
  private long acknowledged;
  private long unanswered;
  private long stale;

  /**
   * @param progress gets a word before each injection
   */
  FaultRun(
      ClusterSight sight,
      Load load,
      Injector injector,
      Duration patience,
      Consumer<String> progress) {
    this.sight = sight;
    this.load = load;
    this.injector = injector;
    this.patience = patience;
    this.progress = progress;
  }

  /**
   * Injects faults, so many times each. Ends early where the cluster does not recover: the row's
   * notes say so.
   *
   * @param rows one for each kind of fault, filled in here
   * @return whether all were injected
   */
  boolean run(List<FaultRow> rows, int times) throws InterruptedException {
    for (FaultRow row : rows) {
      for (int round = 0; round < times; round++) {
        progress.accept(row.fault().id() + " " + (round + 1) + " of " + times);
        if (!inject(row, round)) {
          return false;
        }
      }
      scrub(row);
      load.resume();
    }
    return true;
  }

  /** Leaves the load paused after the last round's comparison, for the scrub. */
  private boolean inject(FaultRow row, int round) throws InterruptedException {
    load.resume();
    try {
      sight.awaitFullReplication(patience);
      injector.inject(row, round);
      sight.awaitFullReplication(patience);
      row.injected(load.outages().disarm(System.nanoTime()));
      compare(row);
      return true;
    } catch (HoldfastException | CompletionException e) {
      row.note("round " + (round + 1) + ": " + e.getMessage());
      return recover(row);
    } finally {
      load.errors().forEach(row::error);
    }
  }

  private boolean recover(FaultRow row) throws InterruptedException {
    try {
      injector.mendAll();
      sight.awaitFullReplication(patience);
      row.injected(load.outages().disarm(System.nanoTime()));
      compare(row);
      return true;
    } catch (HoldfastException | CompletionException e) {
      row.note("the cluster does not recover: " + e.getMessage());
      return false;
    }
  }

  private void compare(FaultRow row) throws InterruptedException {
    load.pause(patience);
    Ledger ledger = load.ledger();
    Ledger.Wrong wrong = ledger.reconcile(load.values());
    row.counted(
        ledger.acknowledgedPushes() - acknowledged,
        ledger.unansweredPushes() - unanswered,
        wrong,
        ledger.stalePulls() - stale);
    acknowledged = ledger.acknowledgedPushes();
    unanswered = ledger.unansweredPushes();
    stale = ledger.stalePulls();
    ledger.findings().forEach(row::note);
  }

  private void scrub(FaultRow row) {
    try {
      long differing = 0;
      boolean open = false;
      for (ScrubResult result : sight.scrub()) {
        if (!result.getError().isEmpty()) {
          open = true;
          row.note("range " + result.getRange() + " was not compared: " + result.getError());
        } else if (!result.getEqual()) {
          differing++;
          row.note("replicas of range " + result.getRange() + " differ");
        }
      }
      if (!open || differing > 0) {
        row.scrubbed(differing);
      }
    } catch (HoldfastException e) {
      row.note("scrub: " + e.getMessage());
    }
  }
}
