package io.holdfast.it.sim;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Virtual time, what is still to happen, and the one source of chance. Times are microseconds. */
final class World {
  static final long MILLIS = 1_000;
  static final long SECONDS = 1_000_000;

  private static final int KEPT = 60;
  private static final int ORDER_BITS = 31;

  final long seed;
  final SplittableRandom random;
  private final boolean tracing;
  private final boolean printing;
  private final ArrayDeque<String> trace = new ArrayDeque<>();

  private long[] keys = new long[1024];
  private Runnable[] actions = new Runnable[1024];
  private int size;
  private long order;
  private long now;
  private long happened;

  /** A named invariant does not hold. */
  static final class Violation extends RuntimeException {
    final Invariant invariant;

    Violation(Invariant invariant, String message) {
      super(message);
      this.invariant = invariant;
    }
  }

  World(long seed, boolean tracing, boolean printing) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.tracing = tracing || printing;
    this.printing = printing;
  }

  long now() {
    return now;
  }

  long happened() {
    return happened;
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  long between(long least, long most) {
    return least + (most > least ? random.nextLong(most - least + 1) : 0);
  }

  int index(int bound) {
    return random.nextInt(bound);
  }

  void after(long delay, Runnable action) {
    at(now + delay, action);
  }

  /** What is due at the same time happens in the order of these calls. */
  void at(long time, Runnable action) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      actions = Arrays.copyOf(actions, 2 * size);
    }
    long key = (Math.max(time, now) << ORDER_BITS) | order++;
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (keys[parent] <= key) {
        break;
      }
      keys[at] = keys[parent];
      actions[at] = actions[parent];
      at = parent;
    }
    keys[at] = key;
    actions[at] = action;
  }

  /** Lets the next thing happen; false where nothing is left, or not before {@code until}. */
  boolean step(long until) {
    if (size == 0 || keys[0] >>> ORDER_BITS > until) {
      now = Math.max(now, until);
      return false;
    }
    now = keys[0] >>> ORDER_BITS;
    Runnable action = actions[0];
    removeFirst();
    happened++;
    action.run();
    return true;
  }

  private void removeFirst() {
    long key = keys[--size];
    Runnable action = actions[size];
    actions[size] = World::nothing;
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && keys[child + 1] < keys[child]) {
        child++;
      }
      if (key <= keys[child]) {
        break;
      }
      keys[at] = keys[child];
      actions[at] = actions[child];
      at = child;
    }
    if (size > 0) {
      keys[at] = key;
      actions[at] = action;
    }
  }

  private static void nothing() {}

  boolean tracing() {
    return tracing;
  }

  void trace(Supplier<String> event) {
    if (tracing) {
      String line = time() + " " + event.get();
      if (printing) {
        System.out.println(line);
      }
      trace.addLast(line);
      if (trace.size() > KEPT) {
        trace.removeFirst();
      }
    }
  }

  private String time() {
    return String.format("%4d.%06d", now / SECONDS, now % SECONDS);
  }

  Violation violation(Invariant invariant, String what) {
    var message = new StringBuilder();
    message.append(invariant).append(" violated: seed ").append(seed);
    message.append(", virtual time ").append(time().strip()).append(" s: ").append(what);
    if (tracing) {
      message.append("\nlast events:");
      trace.forEach(line -> message.append("\n  ").append(line));
    }
    return new Violation(invariant, message.toString());
  }
}
