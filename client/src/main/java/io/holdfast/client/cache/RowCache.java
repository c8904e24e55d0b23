package io.holdfast.client.cache;

import io.holdfast.model.Consistency;
import io.holdfast.model.ElementType;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a table within a budget of bytes, in flat arrays: no object for a row. Where there is no
 * room, a row is given up that was not read since the hand of a clock last passed it (CLOCK,
 * Corbato, 1968).
 *
 * <p><b>Own pushes.</b> A kept row shows every push that went through {@link #pushing} since it
 * came:
 *
 * <ul>
 *   <li>By rule {@code add} (without proximal operators and staleness scaling) the push is added to
 *       the row. For floats that is right but for rounding, since the server may have added others'
 *       pushes in between.
 *   <li>By any other rule the row is given up, since only the server has its optimizer state.
 *   <li>In a sequential table rows stay as they are: there a push is seen when its clock ends, and
 *       by then they are too old.
 * </ul>
 *
 * <p>Not for several threads.
 */
public final class RowCache {
  /** Per row: key, two clocks, flags, free list and, two to four for a row, places of the index. */
  private static final int OVERHEAD_BYTES = 8 + 4 + 4 + 1 + 4 + 4 * 4;

  private static final int FIRST_SLOTS = 1 << 10;
  private static final int MAX_SLOTS = 1 << 28;
  private static final byte USED = 1;
  private static final byte READ = 2;

  private enum OwnPushes {
    ADD,
    DROP,
    KEEP
  }

  private final int width;
  private final boolean isLong;
  private final OwnPushes ownPushes;
  private final int capacity;
  private final int rowBytes;
  private final List<Fetch> fetches = new ArrayList<>();
  private long[] keys;
  private int[] minClocks;
  private int[] ownClocks;
  private byte[] flags;
  private int[] free;
  private float[] floats;
  private long[] longs;
  private KeyIndex index;
  private int freeCount;
  private int hand;
  // Grows with whatever a push that is being made has to know of.
  private long events;
  private long evicted;

  /**
   * @param asMade whether own pushes reach the server as they are made: without filters and lossy
   *     formats. Otherwise rows are given up by any rule
   * @param bytes budget, all included; 64 KiB have room for a row of any table
   */
  public RowCache(TableSpec spec, boolean asMade, long bytes) {
    this.width = spec.width();
    this.isLong = spec.element() == ElementType.INT64;
    this.ownPushes = ownPushes(spec, asMade);
    this.rowBytes = spec.rowBytes() + OVERHEAD_BYTES;
    long most = Math.min(MAX_SLOTS, (Integer.MAX_VALUE - 8) / width);
    this.capacity = (int) Math.max(1, Math.min(most, bytes / rowBytes));
    int slots = Math.min(capacity, FIRST_SLOTS);
    this.keys = new long[slots];
    this.minClocks = new int[slots];
    this.ownClocks = new int[slots];
    this.flags = new byte[slots];
    this.free = new int[slots];
    this.floats = new float[isLong ? 0 : slots * width];
    this.longs = new long[isLong ? slots * width : 0];
    this.index = new KeyIndex(slots);
    addFree(0, slots);
  }

  private static OwnPushes ownPushes(TableSpec spec, boolean asMade) {
    if (spec.consistency() instanceof Consistency.Sequential) {
      return OwnPushes.KEEP;
    }
    boolean isSum =
        spec.rule().name().equals("add") && spec.proximal().isEmpty() && !spec.stalenessScaled();
    return isSum && asMade ? OwnPushes.ADD : OwnPushes.DROP;
  }

  /**
   * What was found.
   *
   * @param missing keys without a row that is fresh enough
   * @param minClock the least that the other rows came with; {@code Integer.MAX_VALUE} for none
   */
  public record Found(int missing, int minClock) {}

  /**
   * Copies the rows that are fresh enough to where their keys stand: {@code [keys][width]}.
   *
   * @param intoFloats null for int64 tables, and where nothing is to be copied
   * @param intoLongs likewise
   * @param missing takes the places of the other keys, in order
   */
  public Found read(
      long[] wanted,
      Freshness needed,
      float @Nullable [] intoFloats,
      long @Nullable [] intoLongs,
      int[] missing) {
    int absent = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < wanted.length; i++) {
      int slot = index.find(wanted[i], keys);
      if (slot < 0 || !needed.isMetBy(minClocks[slot], ownClocks[slot])) {
        missing[absent++] = i;
        continue;
      }
      flags[slot] |= READ;
      least = Math.min(least, minClocks[slot]);
      if (intoFloats != null) {
        System.arraycopy(floats, slot * width, intoFloats, i * width, width);
      } else if (intoLongs != null) {
        System.arraycopy(longs, slot * width, intoLongs, i * width, width);
      }
    }
    return new Found(absent, least);
  }

  /**
   * These rows are about to be pulled, for this clock of the worker's. To be ended by {@link
   * #store} or {@link #end}.
   */
  public Fetch begin(long[] wanted, int ownClock) {
    var fetch = new Fetch(wanted, ownClock);
    fetches.add(fetch);
    events++;
    return fetch;
  }

  /** They have come: keeps those that no push was made to meanwhile. */
  public void store(
      Fetch fetch, int minClock, float @Nullable [] someFloats, long @Nullable [] someLongs) {
    end(fetch);
    events++;
    long[] fetched = fetch.keys();
    for (int i = 0; i < fetched.length; i++) {
      if (fetch.isSpoilt(i)) {
        continue;
      }
      int slot = index.find(fetched[i], keys);
      if (slot < 0) {
        slot = newSlot(fetched[i]);
      } else if (minClocks[slot] >= minClock && ownClocks[slot] >= fetch.ownClock()) {
        continue; // what is there is at least as fresh
      }
      minClocks[slot] = minClock;
      ownClocks[slot] = fetch.ownClock();
      if (someFloats != null) {
        System.arraycopy(someFloats, i * width, floats, slot * width, width);
      } else if (someLongs != null) {
        System.arraycopy(someLongs, i * width, longs, slot * width, width);
      }
    }
  }

  /** They do not come. */
  public void end(Fetch fetch) {
    fetches.remove(fetch);
  }

  /**
   * A push is about to be made; shows it in the rows that are kept.
   *
   * @return to be given to {@link #pushed} when the call has its place among the worker's calls
   */
  public long pushing(long[] pushed, float @Nullable [] someFloats, long @Nullable [] someLongs) {
    if (ownPushes != OwnPushes.KEEP) {
      int given = someFloats != null ? someFloats.length : someLongs != null ? someLongs.length : 0;
      boolean adds = ownPushes == OwnPushes.ADD && given == pushed.length * width;
      for (int i = 0; i < pushed.length; i++) {
        int slot = index.find(pushed[i], keys);
        if (slot >= 0 && !(adds && add(slot, someFloats, someLongs, i * width))) {
          drop(slot);
        }
      }
      fetches.forEach(fetch -> fetch.spoil(pushed));
    }
    return events;
  }

  /** As {@link #pushing(long[], float[], long[])}, of rows next to each other. */
  public long pushing(KeyRange pushed) {
    if (ownPushes != OwnPushes.KEEP) {
      for (int slot = 0; slot < keys.length; slot++) {
        if ((flags[slot] & USED) != 0 && pushed.contains(keys[slot])) {
          drop(slot);
        }
      }
      fetches.forEach(fetch -> fetch.spoil(pushed));
    }
    return events;
  }

  /**
   * The push that {@link #pushing} announced is among the worker's calls: pulls made from now on
   * show it. One that was begun, or came, in between may not.
   */
  public void pushed(long[] pushed, long before) {
    if (events != before && ownPushes != OwnPushes.KEEP) {
      forget(pushed);
    }
  }

  /** As {@link #pushed(long[], long)}. */
  public void pushed(KeyRange pushed, long before) {
    if (events != before) {
      pushing(pushed);
    }
  }

  /** Gives these rows up, also those on their way: a push that was shown in them failed. */
  public void forget(long[] some) {
    for (long key : some) {
      int slot = index.find(key, keys);
      if (slot >= 0) {
        drop(slot);
      }
    }
    fetches.forEach(fetch -> fetch.spoil(some));
  }

  /** Gives up all rows, also those on their way. */
  public void clear() {
    for (int slot = 0; slot < keys.length; slot++) {
      if ((flags[slot] & USED) != 0) {
        drop(slot);
      }
    }
    fetches.forEach(Fetch::spoil);
  }

  /** Rows that are kept. */
  public int rows() {
    return keys.length - freeCount;
  }

  /** Rows that there is room for. */
  public int capacity() {
    return capacity;
  }

  /** Bytes of the rows that are kept, all included. */
  public long bytes() {
    return (long) rows() * rowBytes;
  }

  /** Rows given up for want of room, so far. */
  public long evicted() {
    return evicted;
  }

  private boolean add(
      int slot, float @Nullable [] someFloats, long @Nullable [] someLongs, int from) {
    int to = slot * width;
    if (someFloats != null && !isLong) {
      for (int i = 0; i < width; i++) {
        // What the server makes of these is the table's choice.
        if (!Float.isFinite(someFloats[from + i])) {
          return false;
        }
      }
      for (int i = 0; i < width; i++) {
        floats[to + i] += someFloats[from + i];
      }
      return true;
    }
    if (someLongs != null && isLong) {
      for (int i = 0; i < width; i++) {
        longs[to + i] += someLongs[from + i];
      }
      return true;
    }
    return false;
  }

  private int newSlot(long key) {
    if (freeCount == 0 && keys.length < capacity) {
      grow();
    }
    if (freeCount == 0) {
      evict();
    }
    int slot = free[--freeCount];
    keys[slot] = key;
    flags[slot] = USED;
    index.add(key, slot);
    return slot;
  }

  private void evict() {
    while ((flags[hand] & READ) != 0) {
      flags[hand] &= ~READ;
      hand = hand + 1 == keys.length ? 0 : hand + 1;
    }
    drop(hand);
    hand = hand + 1 == keys.length ? 0 : hand + 1;
    evicted++;
  }

  private void drop(int slot) {
    index.remove(keys[slot], keys);
    flags[slot] = 0;
    free[freeCount++] = slot;
  }

  private void grow() {
    int before = keys.length;
    int slots = (int) Math.min(capacity, 2L * before);
    keys = Arrays.copyOf(keys, slots);
    minClocks = Arrays.copyOf(minClocks, slots);
    ownClocks = Arrays.copyOf(ownClocks, slots);
    flags = Arrays.copyOf(flags, slots);
    free = Arrays.copyOf(free, slots);
    if (isLong) {
      longs = Arrays.copyOf(longs, slots * width);
    } else {
      floats = Arrays.copyOf(floats, slots * width);
    }
    index = new KeyIndex(slots);
    for (int slot = 0; slot < before; slot++) {
      index.add(keys[slot], slot);
    }
    addFree(before, slots);
  }

  // So that the lowest is taken first.
  private void addFree(int from, int to) {
    for (int slot = to - 1; slot >= from; slot--) {
      free[freeCount++] = slot;
    }
  }
}
