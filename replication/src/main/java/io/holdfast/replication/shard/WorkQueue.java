package io.holdfast.replication.shard;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A job's input as shards that its workers take, each of them in each pass. Part of the home
 * range's state, so changed by committed records alone; pure.
 *
 * <p><b>Items.</b> Shard {@code i} in pass {@code p} is item {@code p * shards + i}. Items are
 * given out in ascending order; one that came back goes before those that nobody has had. An item
 * is <em>finished</em> when a state is saved that says so, by the worker that has it. Until then it
 * is held, or comes back when its holder leaves the group.
 *
 * <p><b>Takes</b> are numbered by each worker, 1, 2, 3 ... The answer to each, an item or none, is
 * kept until a state is saved that was made after it. So a take that is sent again gets the same
 * answer, and so does a worker that resumes from its saved state: it makes the takes since then
 * once more, and with them the same pushes (rule P14).
 */
final class WorkQueue {
  /** The answer to a take that found nothing to be had. */
  static final long NONE = -1;

  /** What a worker got by one of its takes. */
  record Held(long take, long item) {}

  /** One worker's takes. */
  private static final class Holder {
    int incarnation;
    long takes;
    long savedTakes;
    boolean dispossessed;
    final List<Held> held = new ArrayList<>();
  }

  private final int shards;
  private final int passes;
  private final TreeMap<Integer, Holder> holders = new TreeMap<>();
  private final TreeSet<Long> returned = new TreeSet<>();
  private long next;

  WorkQueue(int shards, int passes) {
    this.shards = shards;
    this.passes = passes;
  }

  int shards() {
    return shards;
  }

  int passes() {
    return passes;
  }

  private long items() {
    return (long) shards * passes;
  }

  /**
   * An incarnation of a worker begins. One that resumes goes on behind the takes of its saved
   * state; what another had is given back. The same incarnation again changes nothing.
   */
  void open(int rank, int incarnation, boolean resumes) {
    var holder = holders.computeIfAbsent(rank, r -> new Holder());
    if (holder.incarnation == incarnation) {
      return;
    }
    holder.incarnation = incarnation;
    if (!resumes) {
      giveBack(holder);
      holder.takes = 0;
      holder.savedTakes = 0;
      holder.dispossessed = false;
    }
  }

  /** Whether what a worker had has gone to others, so that it cannot do it once more. */
  boolean isDispossessed(int rank) {
    var holder = holders.get(rank);
    return holder != null && holder.dispossessed;
  }

  boolean isOpen(int rank, int incarnation) {
    var holder = holders.get(rank);
    return holder != null && holder.incarnation == incarnation;
  }

  /** Whether that take was made before. */
  boolean hasTaken(int rank, long take) {
    var holder = holders.get(rank);
    return holder != null && take <= holder.takes;
  }

  /** Answers a take; one that was made before changes nothing. */
  void take(int rank, long take) {
    var holder = holders.get(rank);
    if (holder == null || take != holder.takes + 1) {
      return;
    }
    Long item = returned.pollFirst();
    if (item == null) {
      item = next < items() ? next++ : NONE;
    }
    holder.takes = take;
    holder.held.add(new Held(take, item));
  }

  /** What a take got; {@link #NONE} where there was nothing, or its answer is not kept any more. */
  long answer(int rank, long take) {
    for (var held : held(rank)) {
      if (held.take() == take) {
        return held.item();
      }
    }
    return NONE;
  }

  /** Takes of the worker that its saved state was made after. */
  long savedTakes(int rank) {
    var holder = holders.get(rank);
    return holder == null ? 0 : holder.savedTakes;
  }

  /** What is kept for a worker, in the order of its takes. */
  List<Held> held(int rank) {
    var holder = holders.get(rank);
    return holder == null ? List.of() : List.copyOf(holder.held);
  }

  /**
   * A worker's state is saved.
   *
   * @param takes how many it had made when it made the state
   * @param done items that it says are finished
   */
  void save(int rank, long takes, long[] done) {
    var holder = holders.get(rank);
    if (holder == null) {
      return;
    }
    holder.savedTakes = Math.max(holder.savedTakes, Math.min(takes, holder.takes));
    var finished = new TreeSet<Long>();
    for (long item : done) {
      finished.add(item);
    }
    long saved = holder.savedTakes;
    holder.held.removeIf(
        held -> finished.contains(held.item()) || (held.item() == NONE && held.take() <= saved));
  }

  /** Whether a worker may say that the item is finished: it has it, or has said so before. */
  boolean mayFinish(int rank, long item) {
    return item >= 0
        && item < next
        && !returned.contains(item)
        && holders.entrySet().stream()
            .noneMatch(other -> other.getKey() != rank && has(other.getValue(), item));
  }

  private static boolean has(Holder holder, long item) {
    return holder.held.stream().anyMatch(held -> held.item() == item);
  }

  /** The worker has left the group: what it holds goes to others. */
  void left(int rank) {
    var holder = holders.get(rank);
    if (holder != null) {
      holder.dispossessed |= !holder.held.isEmpty();
      giveBack(holder);
    }
  }

  private void giveBack(Holder holder) {
    for (var held : holder.held) {
      if (held.item() != NONE) {
        returned.add(held.item());
      }
    }
    holder.held.clear();
  }

  /** Whether a worker will get nothing any more, whatever happens to the others. */
  boolean isExhaustedFor(int rank) {
    return next == items()
        && returned.isEmpty()
        && holders.entrySet().stream()
            .noneMatch(other -> other.getKey() != rank && holdsItems(other.getValue()));
  }

  private static boolean holdsItems(Holder holder) {
    return holder.held.stream().anyMatch(held -> held.item() != NONE);
  }

  /** Items that nobody has: never given out, or come back. */
  long left() {
    return items() - next + returned.size();
  }

  /** The items that are out, by the rank that has them. */
  Map<Integer, long[]> out() {
    var out = new TreeMap<Integer, long[]>();
    holders.forEach(
        (rank, holder) -> {
          if (holdsItems(holder)) {
            out.put(rank, itemsOf(holder));
          }
        });
    return out;
  }

  private static long[] itemsOf(Holder holder) {
    return holder.held.stream().mapToLong(Held::item).filter(item -> item != NONE).toArray();
  }

  /** Items that are finished. */
  long finished() {
    return next - returned.size() - out().values().stream().mapToLong(items -> items.length).sum();
  }

  int encodedBytes() {
    int bytes = 4 + 4 + 8 + 4 + 8 * returned.size() + 4;
    for (var holder : holders.values()) {
      bytes += 4 + 4 + 8 + 8 + 1 + 4 + 16 * holder.held.size();
    }
    return bytes;
  }

  void write(ByteBuffer target) {
    target.putInt(shards).putInt(passes).putLong(next).putInt(returned.size());
    returned.forEach(target::putLong);
    target.putInt(holders.size());
    holders.forEach(
        (rank, holder) -> {
          target.putInt(rank).putInt(holder.incarnation);
          target.putLong(holder.takes).putLong(holder.savedTakes);
          target.put((byte) (holder.dispossessed ? 1 : 0)).putInt(holder.held.size());
          holder.held.forEach(held -> target.putLong(held.take()).putLong(held.item()));
        });
  }

  static WorkQueue read(ByteBuffer source) {
    var queue = new WorkQueue(source.getInt(), source.getInt());
    queue.next = source.getLong();
    for (int left = source.getInt(); left > 0; left--) {
      queue.returned.add(source.getLong());
    }
    for (int left = source.getInt(); left > 0; left--) {
      var holder = new Holder();
      queue.holders.put(source.getInt(), holder);
      holder.incarnation = source.getInt();
      holder.takes = source.getLong();
      holder.savedTakes = source.getLong();
      holder.dispossessed = source.get() != 0;
      for (int held = source.getInt(); held > 0; held--) {
        holder.held.add(new Held(source.getLong(), source.getLong()));
      }
    }
    return queue;
  }
}
