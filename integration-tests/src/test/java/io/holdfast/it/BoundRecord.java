package io.holdfast.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** What {@link BoundRecorder}s wrote down, and whether it keeps the bound. */
final class BoundRecord {
  private final int workers;
  private final List<Pull> pulls = new ArrayList<>();
  // In the order in which they were in force; no two are the same.
  private final List<Bound> bounds = new ArrayList<>();
  // By the worker whose file is being read: it knows what it has set.
  private int lastSet;
  private long cacheHits;
  private long cacheMisses;

  /**
   * @param asked when its change was asked for, before anybody could know of it
   */
  private record Bound(long asked, int staleness) {}

  /**
   * @param set which bound the worker itself had set last
   * @param known the bound that the worker knew before it made the call
   * @param answered when it had the answer
   */
  private record Pull(
      int set, int worker, int clock, int known, long answered, int minClock, long[] values) {}

  // Clocks of each worker; it left after them, which may be before the others have heard.
  private final int[] clocks;

  private BoundRecord(int workers, int firstBound) {
    this.workers = workers;
    this.clocks = new int[workers];
    Arrays.fill(clocks, Integer.MAX_VALUE);
    bounds.add(new Bound(Long.MIN_VALUE, firstBound));
  }

  static BoundRecord read(List<Path> files, int workers, int firstBound) throws IOException {
    var record = new BoundRecord(workers, firstBound);
    for (int rank = 0; rank < files.size(); rank++) {
      int of = rank;
      record.lastSet = 0;
      Files.readAllLines(files.get(rank)).forEach(line -> record.take(of, line.split(" ", -1)));
    }
    return record;
  }

  private void take(int rank, String[] line) {
    long[] numbers = Arrays.stream(line).skip(1).mapToLong(Long::parseLong).toArray();
    switch (line[0]) {
      case "pull" ->
          pulls.add(
              new Pull(
                  lastSet,
                  (int) numbers[0],
                  (int) numbers[1],
                  (int) numbers[2],
                  numbers[3],
                  (int) numbers[4],
                  Arrays.copyOfRange(numbers, 5, numbers.length)));
      case "bound" -> {
        lastSet = bounds.size();
        bounds.add(new Bound(numbers[0], (int) numbers[1]));
      }
      case "cache" -> {
        cacheHits += numbers[0];
        cacheMisses += numbers[1];
        clocks[rank] = (int) numbers[2];
      }
      default -> throw new IllegalArgumentException(line[0]);
    }
  }

  /** Every pull that shows less than it must, and every bound that was forgotten again. */
  List<String> violations() {
    var found = new ArrayList<String>();
    int[] newest = new int[workers];
    for (Pull pull : pulls) {
      int needed = pull.clock() - bound(pull);
      if (pull.minClock() < needed) {
        found.add("clock " + needed + " is needed: " + text(pull));
      }
      for (int i = 0; i < pull.values().length; i++) {
        // Each pushes 1 in each clock; its own of this clock is made before it pulls.
        int of = i % workers;
        long least = of == pull.worker() ? pull.clock() + 1 : Math.min(needed, clocks[of]);
        if (pull.values()[i] < least) {
          found.add(least + " pushes of worker " + of + " are needed: " + text(pull));
          break;
        }
      }
      if (version(pull) < Math.max(pull.set(), newest[pull.worker()])) {
        found.add("a newer bound was known before: " + text(pull));
      }
      newest[pull.worker()] = version(pull);
    }
    return found;
  }

  private int version(Pull pull) {
    for (int i = 0; i < bounds.size(); i++) {
      if (bounds.get(i).staleness() == pull.known()) {
        return i;
      }
    }
    throw new IllegalArgumentException("nobody set the bound: " + text(pull));
  }

  /** The largest that was known, or may have come into force since: nothing less may be shown. */
  private int bound(Pull pull) {
    int bound = pull.known();
    for (Bound later : bounds.subList(version(pull), bounds.size())) {
      bound = later.asked() <= pull.answered() ? Math.max(bound, later.staleness()) : bound;
    }
    return bound;
  }

  private static String text(Pull pull) {
    return "worker "
        + pull.worker()
        + " at clock "
        + pull.clock()
        + ", who knew of bound "
        + pull.known()
        + ", was answered as of "
        + pull.minClock()
        + " with "
        + Arrays.toString(pull.values());
  }

  /** The bound that each worker knew of at its last pull, by rank. */
  List<Integer> lastKnown() {
    var known = new TreeMap<Integer, Integer>();
    pulls.forEach(pull -> known.put(pull.worker(), pull.known()));
    return List.copyOf(known.values());
  }

  /** Whether anybody pulled under each of the bounds. */
  boolean pulledUnderAllBounds() {
    var known = pulls.stream().map(Pull::known).distinct().toList();
    return bounds.stream().allMatch(bound -> known.contains(bound.staleness()));
  }

  int pulls() {
    return pulls.size();
  }

  /** Those that could not have been answered with one clock less. */
  long pullsAtTheBound() {
    return pulls.stream().filter(pull -> pull.minClock() == pull.clock() - bound(pull)).count();
  }

  long cacheHits() {
    return cacheHits;
  }

  String summary() {
    return pulls.size()
        + " pulls, "
        + pullsAtTheBound()
        + " of them at the bound; clocks up to "
        + Collections.max(pulls.stream().map(Pull::clock).toList())
        + "; bounds "
        + bounds.stream().map(Bound::staleness).toList()
        + "; of the keys of cached pulls "
        + cacheHits
        + " from the cache, "
        + cacheMisses
        + " pulled";
  }
}
