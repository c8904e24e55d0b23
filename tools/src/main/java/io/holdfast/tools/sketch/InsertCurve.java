package io.holdfast.tools.sketch;

import io.holdfast.tools.job.RunJournal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many items were counted when, over all lives of a run. Points are taken often; one in a while
 * goes to the run's journal, on a thread of its own: it waits for the cluster, and the points must
 * not, since a cluster that does not answer is what they are to show.
 */
final class InsertCurve implements AutoCloseable {
  private static final double JOURNAL_SECONDS = 1;

  private final @Nullable RunJournal journal;
  private final long beganNanos;
  private final List<SketchResult.Point> points = new ArrayList<>();
  private final Thread writer;
  private double secondsBefore;
  private SketchResult.@Nullable Point toWrite;
  private double written = Double.NEGATIVE_INFINITY;
  private boolean closed;

  /**
   * @param journal null: no later life is to know
   * @param beganNanos of this life
   */
  InsertCurve(@Nullable RunJournal journal, long beganNanos) {
    this.journal = journal;
    this.beganNanos = beganNanos;
    this.writer = Thread.ofPlatform().daemon().name("sketch-journal").start(this::write);
  }

  /**
   * Takes up the points of the lives before, up to where this one goes on. Before the first {@link
   * #add}.
   *
   * @param resumed items of before
   */
  synchronized void begin(long resumed) {
    if (journal != null) {
      for (double[] entry : journal.before()) {
        var point = new SketchResult.Point(entry[0], (long) entry[1], (long) entry[2]);
        if (point.items() <= resumed) {
          points.add(point);
          secondsBefore = point.seconds();
        }
      }
      journal.keep(points.size());
    }
    points.add(new SketchResult.Point(secondsBefore, resumed, life()));
  }

  /** So many items are acknowledged now. */
  synchronized void add(long items) {
    var point = new SketchResult.Point(seconds(), items, life());
    points.add(point);
    if (point.seconds() - written >= JOURNAL_SECONDS) {
      written = point.seconds();
      toWrite = point;
      notifyAll();
    }
  }

  private long life() {
    return journal == null ? 1 : journal.life();
  }

  /** Since the run began, without the time between its lives. */
  synchronized double seconds() {
    return secondsBefore + (System.nanoTime() - beganNanos) / 1e9;
  }

  /** Of the lives before this one, as far as it is known. */
  synchronized double secondsBefore() {
    return secondsBefore;
  }

  synchronized List<SketchResult.Point> points() {
    return List.copyOf(points);
  }

  private void write() {
    try {
      while (true) {
        SketchResult.Point next = next();
        if (next == null) {
          return;
        }
        if (journal != null) {
          journal.add(next.seconds(), (double) next.items(), (double) next.life());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (io.holdfast.model.HoldfastException e) {
      // The inserters meet what is wrong, too, and say so; the curve of a later life has a gap.
    }
  }

  private synchronized SketchResult.@Nullable Point next() throws InterruptedException {
    while (toWrite == null && !closed) {
      wait();
    }
    SketchResult.Point taken = toWrite;
    toWrite = null;
    return taken;
  }

  /** Waits until the last point is written. */
  void end() throws InterruptedException {
    close();
    writer.join();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
