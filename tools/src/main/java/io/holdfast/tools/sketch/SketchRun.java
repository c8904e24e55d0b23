package io.holdfast.tools.sketch;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.display.StepBar;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Runs the inserters on threads of this process, watches them, and checks the sketch after. */
final class SketchRun {
  private static final long LOOK_MILLIS = 250;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final SketchSettings settings;
  private final Items.Source source;
  private final Holdfast cluster;
  private final LongAdder inserted = new LongAdder();
  private final List<SketchResult.Point> curve = new ArrayList<>();

  SketchRun(SketchSettings settings, Items.Source source, Holdfast cluster) {
    this.settings = settings;
    this.source = source;
    this.cluster = cluster;
  }

  /** Counts everything, and checks it. Blocks. */
  SketchResult run(double epsilon, double delta, List<String> words, StepBar bar)
      throws InterruptedException {
    Job job = cluster.job(settings.job());
    var estimator =
        new Estimator(settings.sketch(), job.table(settings.table(), settings.tableSpec()));
    long started = System.nanoTime();
    long resumed;
    org.HdrHistogram.Histogram micros;
    double seconds;
    try (Items asked = source.open(0, 1);
        var queries = new Queries(estimator, asked)) {
      resumed = insert(job, started, bar);
      seconds = (System.nanoTime() - started) / 1e9;
      micros = queries.end();
    }
    long items = inserted.sum();
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
        items - resumed,
        seconds,
        bound,
        Audit.of(source, settings.workers()).compare(estimator, bound),
        micros.getTotalCount(),
        micros.getTotalCount() == 0
            ? List.of()
            : List.of(micros.getValueAtPercentile(50), micros.getValueAtPercentile(99)),
        List.copyOf(curve),
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

  private long insert(Job job, long started, StepBar bar) throws InterruptedException {
    var running = new CountDownLatch(settings.workers());
    var failure = new AtomicReference<Throwable>();
    var resumed = new LongAdder();
    curve.add(new SketchResult.Point(0, 0));
    var threads = new ArrayList<Thread>();
    for (int rank = 0; rank < settings.workers(); rank++) {
      var inserter =
          new Inserter(
              settings, source.open(rank, settings.workers()), job, rank, inserted, resumed);
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("sketch-" + rank)
              .start(() -> run(inserter, running, failure)));
    }
    try {
      while (!running.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        look(started, resumed, bar);
      }
      look(started, resumed, bar);
    } finally {
      threads.forEach(Thread::interrupt);
      for (Thread thread : threads) {
        thread.join(CLOSE_TIMEOUT);
      }
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw failed instanceof HoldfastException known ? known : new IllegalStateException(failed);
    }
    return resumed.sum();
  }

  private static void run(
      Inserter inserter, CountDownLatch running, AtomicReference<Throwable> failure) {
    try {
      inserter.run();
      running.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      while (running.getCount() > 0) {
        running.countDown(); // nobody waits for the others
      }
    }
  }

  private void look(long started, LongAdder resumed, StepBar bar) {
    double seconds = (System.nanoTime() - started) / 1e9;
    long items = inserted.sum();
    long now = items - resumed.sum();
    curve.add(new SketchResult.Point(seconds, now));
    bar.show(items, String.format("%,.0f inserts/s", now / seconds));
  }
}
