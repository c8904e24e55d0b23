package io.holdfast.tools.sketch;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.job.RunJournal;
import io.holdfast.tools.train.Crew;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs the inserters on threads of this process, watches them, and checks the sketch after. */
final class SketchRun {
  private static final double POINT_SECONDS = 0.25;

  private final SketchSettings settings;
  private final Items.Source source;
  private final Holdfast cluster;
  private final @Nullable RunJournal journal;
  private final @Nullable NodeKill kill;
  private final Tally tally = new Tally();
  private double shown = Double.NEGATIVE_INFINITY;
  private boolean begun;

  /**
   * @param journal null: the curve is kept for no later life
   * @param kill null: no node is killed
   */
  SketchRun(
      SketchSettings settings,
      Items.Source source,
      Holdfast cluster,
      @Nullable RunJournal journal,
      @Nullable NodeKill kill) {
    this.settings = settings;
    this.source = source;
    this.cluster = cluster;
    this.journal = journal;
    this.kill = kill;
  }

  /** Counts everything, and checks it. Blocks. */
  SketchResult run(double epsilon, double delta, List<String> words, StepBar bar)
      throws InterruptedException {
    Job job = cluster.job(settings.job());
    var estimator =
        new Estimator(settings.sketch(), job.table(settings.table(), settings.tableSpec()));
    if (kill != null) {
      kill.aim();
    }
    org.HdrHistogram.Histogram micros;
    double seconds;
    double inLife;
    List<SketchResult.Point> points;
    try (Items asked = source.open(0, 1);
        var queries = new Queries(estimator, asked);
        var curve = new InsertCurve(journal, System.nanoTime())) {
      Crew.run(
          "sketch", settings.workers(), rank -> inserter(job, rank).run(), () -> look(curve, bar));
      seconds = curve.seconds();
      inLife = seconds - curve.secondsBefore();
      micros = queries.end();
      curve.end();
      points = curve.points();
    }
    long items = tally.items();
    double bound = epsilon * items;
    var answers = new LinkedHashMap<String, Long>();
    for (String word : words) {
      answers.put(word, estimator.estimate(item(word))[0]);
    }
    return new SketchResult(
        settings,
        source.description(),
        epsilon,
        delta,
        items,
        items - tally.resumed(),
        tally.counters(),
        seconds,
        inLife,
        journal == null ? 1 : journal.life(),
        bound,
        Audit.of(source, settings.workers()).compare(estimator, bound),
        micros.getTotalCount(),
        micros.getTotalCount() == 0
            ? List.of()
            : List.of(micros.getValueAtPercentile(50), micros.getValueAtPercentile(99)),
        points,
        kill == null || !kill.isDone() ? Optional.empty() : Optional.of(kill),
        answers);
  }

  // A number stands for itself where numbers were generated; else it is a word like others.
  private long item(String word) {
    if (source.total() > 0) {
      try {
        return Long.parseLong(word);
      } catch (NumberFormatException e) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT, "--query " + word + ": the items are numbers", e);
      }
    }
    return FileItems.item(word, 0, word.length());
  }

  private Inserter inserter(Job job, int rank) {
    return new Inserter(settings, source.open(rank, settings.workers()), job, rank, tally);
  }

  private void look(InsertCurve curve, StepBar bar) {
    if (!begun) {
      if (tally.begun() < settings.workers()) {
        return; // where the run goes on is known when all have joined
      }
      begun = true;
      curve.begin(tally.resumed());
    }
    long items = tally.items();
    long now = items - tally.resumed();
    double seconds = curve.seconds();
    double inLife = seconds - curve.secondsBefore();
    if (kill != null) {
      kill.look(seconds, inLife, now, Math.max(0, source.total() - tally.resumed()));
    }
    if (seconds - shown >= POINT_SECONDS || items == source.total()) {
      shown = seconds;
      curve.add(items);
      bar.show(items, String.format(Locale.ROOT, "%,.0f inserts/s", now / inLife));
    }
  }
}
