package io.holdfast.it.sim;

import java.util.concurrent.atomic.AtomicLong;

/** Runs many seeds on all cores: {@code SimulationMain --seeds 50000 --from 1}. */
public final class SimulationMain {
  private SimulationMain() {}

  /** What a number of runs came to. */
  record Summary(long runs, long events, long acknowledged, long pulls, double seconds) {
    @Override
    public String toString() {
      return String.format(
          "%d seeds clean in %.1f s (%.0f seeds/s): %d events, %d pushes and ticks acknowledged,"
              + " %d pulls answered",
          runs, seconds, runs / seconds, events, acknowledged, pulls);
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    long seeds = 1000;
    long from = 1;
    long failuresShown = 1;
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      long value = Long.parseLong(arguments[i + 1]);
      switch (arguments[i]) {
        case "--seeds" -> seeds = value;
        case "--from" -> from = value;
        case "--failures" -> failuresShown = value;
        default -> throw new IllegalArgumentException(arguments[i] + ": know --seeds and --from");
      }
    }
    if (seeds == 1) {
      System.out.println(Simulation.run(from, true, true));
    } else if (failuresShown > 1) {
      survey(from, seeds, failuresShown);
    } else {
      System.out.println(runAll(from, seeds));
    }
  }

  /** Names each failing seed instead of stopping at the first. */
  private static void survey(long from, long seeds, long most) {
    long found = 0;
    for (long seed = from; seed < from + seeds && found < most; seed++) {
      try {
        Simulation.run(seed);
      } catch (World.Violation violation) {
        found++;
        String text = String.valueOf(violation.getMessage());
        System.out.println(text.lines().findFirst().orElse(text));
      }
    }
    System.out.println(found + " seeds failed");
  }

  /**
   * Runs seeds on all cores.
   *
   * @throws World.Violation the first that a seed found, with its last events
   */
  static Summary runAll(long from, long seeds) throws InterruptedException {
    var next = new AtomicLong(from);
    var failed = new AtomicLong(Long.MAX_VALUE);
    var events = new AtomicLong();
    var acknowledged = new AtomicLong();
    var pulls = new AtomicLong();
    long started = System.nanoTime();
    var threads = new Thread[Runtime.getRuntime().availableProcessors()];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          new Thread(
              () -> {
                long seed;
                while ((seed = next.getAndIncrement()) < from + seeds && seed < failed.get()) {
                  try {
                    var result = Simulation.run(seed);
                    events.addAndGet(result.events());
                    acknowledged.addAndGet(result.acknowledged());
                    pulls.addAndGet(result.pulls());
                  } catch (World.Violation e) {
                    failed.accumulateAndGet(seed, Math::min);
                  }
                }
              },
              "simulation-" + i);
      threads[i].start();
    }
    for (var thread : threads) {
      thread.join();
    }
    if (failed.get() != Long.MAX_VALUE) {
      var violation = Simulation.failure(failed.get());
      throw violation == null
          ? new IllegalStateException("seed " + failed.get() + " failed once, and not again")
          : violation;
    }
    return new Summary(
        seeds, events.get(), acknowledged.get(), pulls.get(), (System.nanoTime() - started) / 1e9);
  }
}
