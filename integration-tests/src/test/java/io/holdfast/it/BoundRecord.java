package io.holdfast.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** What {@link BoundRecorder}s wrote down, and whether it keeps the bound. */
final class BoundRecord {
  private final int workers;
  private final List<Pull> pulls = new ArrayList<>();
  // When a bound came into force, by the machine's clock.
  private final TreeMap<Long, Integer> bounds = new TreeMap<>();
  private long cacheHits;
  private long cacheMisses;

  private record Pull(
      int worker, int clock, long from, long to, int known, int minClock, long[] values) {}

  private BoundRecord(int workers, int firstBound) {
    this.workers = workers;
    bounds.put(Long.MIN_VALUE, firstBound);
  }

  static BoundRecord read(List<Path> files, int workers, int firstBound) throws IOException {
    var record = new BoundRecord(workers, firstBound);
    for (Path file : files) {
      Files.readAllLines(file).forEach(line -> record.take(line.split(" ", -1)));
    }
    return record;
  }

  private void take(String[] line) {
    long[] numbers = Arrays.stream(line).skip(1).mapToLong(Long::parseLong).toArray();
    switch (line[0]) {
      case "pull" ->
          pulls.add(
              new Pull(
                  (int) numbers[0],
                  (int) numbers[1],
                  numbers[2],
                  numbers[3],
                  (int) numbers[4],
                  (int) numbers[5],
                  Arrays.copyOfRange(numbers, 6, numbers.length)));
      case "bound" -> bounds.put(numbers[0], (int) numbers[1]);
      case "cache" -> {
        cacheHits += numbers[0];
        cacheMisses += numbers[1];
      }
      default -> throw new IllegalArgumentException(line[0]);
    }
  }

  /**
   * Every pull that shows less than it must.
   *
   * @param heardMillis after which everybody has heard of another bound
   */
  List<String> violations(long heardMillis) {
    var found = new ArrayList<String>();
    for (Pull pull : pulls) {
      int needed = pull.clock() - bound(pull, heardMillis);
      if (pull.minClock() < needed) {
        found.add("clock " + needed + " is needed: " + text(pull));
      }
      for (int i = 0; i < pull.values().length; i++) {
        // Each pushes 1 in each clock; its own of this clock is made before it pulls.
        int of = i % workers;
        long least = of == pull.worker() ? pull.clock() + 1 : needed;
        if (pull.values()[i] < least) {
          found.add(least + " pushes of worker " + of + " are needed: " + text(pull));
          break;
        }
      }
    }
    return found;
  }

  /** The largest that may have been in force somewhere while the pull was made. */
  private int bound(Pull pull, long heardMillis) {
    long before = pull.from() - heardMillis;
    return bounds.subMap(bounds.floorKey(before), true, pull.to(), true).values().stream()
        .mapToInt(Integer::intValue)
        .max()
        .orElseThrow();
  }

  private static String text(Pull pull) {
    return "by "
        + pull.to()
        + " worker "
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

  /** When which bound came into force. */
  String bounds() {
    return bounds.toString();
  }

  int pulls() {
    return pulls.size();
  }

  /** Those that could not have been answered with one clock less. */
  long pullsAtTheBound() {
    return pulls.stream().filter(pull -> pull.minClock() == pull.clock() - bound(pull, 0)).count();
  }

  long cacheHits() {
    return cacheHits;
  }

  String summary() {
    return pulls.size()
        + " pulls, "
        + pullsAtTheBound()
        + " of them at the bound; clocks up to "
        + pulls.stream().mapToInt(Pull::clock).max().orElse(0)
        + "; of the keys of cached pulls "
        + cacheHits
        + " from the cache, "
        + cacheMisses
        + " pulled";
  }
}
