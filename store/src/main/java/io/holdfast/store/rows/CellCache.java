package io.holdfast.store.rows;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The cells of one range that are in memory: which are changed, which are frozen by a running
 * checkpoint, and which to evict. Belongs to the range's thread.
 *
 * <p>One byte per cell holds a reference bit and a mark. A cell is <i>dirty</i> where its mark is
 * the current dirty mark. {@link #freeze} only changes what that mark is, so it takes no time
 * however much is dirty: the old mark now means <i>frozen, to be copied</i>. A frozen cell gets the
 * copied mark once copied, and the new dirty mark when it is written to (copied first). When the
 * checkpoint is complete, both old marks mean nothing any more: such cells are clean. Neither dirty
 * nor frozen nor copied cells can be evicted, since the disk has an older value of them.
 *
 * <p>Eviction is CLOCK (Corbato, 1968): a hand sweeps the cells, clears reference bits and takes
 * clean cells whose bit is clear.
 */
final class CellCache {
  private static final int REFERENCED = 0x80;
  private static final int MARK = 0x7f;
  private static final int CLEAN = 0;
  private static final int FREE = 0x7f;
  private static final int LAST_MARK = 0x7e;
  private static final int NONE = -1;
  private static final int NOBODY = -1;
  private static final int EVICT_AT_ONCE = 64;

  private final CellMemory memory;
  private final CellIndex index;
  private final CacheBudget budget;
  private final int cellBytes;

  private byte[] states = new byte[0];
  private int begun; // cells below this have been in use; those from here to the capacity never
  private int freeHead = NOBODY; // free cells, chained through their keys
  private int freeCount;
  private int hand;
  private long accounted;

  private int dirtyMark = 1;
  private int frozenMark = NONE;
  private int copiedMark = NONE;
  private int dirtyCells;
  private @Nullable FrozenCells frozen;
  private int frozenLeft;
  private int copyCursor;

  /** Whether every cell that exists is here. */
  private boolean complete;

  private long evictions;

  CellCache(CellMemory memory, CellIndex index, CacheBudget budget, boolean complete) {
    this.memory = memory;
    this.index = index;
    this.budget = budget;
    this.cellBytes = memory.format.cellBytes();
    this.complete = complete;
    account();
  }

  CellMemory memory() {
    return memory;
  }

  boolean isComplete() {
    return complete;
  }

  void becomeComplete() {
    complete = true;
  }

  long bytes() {
    return accounted;
  }

  long dirtyBytes() {
    return (long) dirtyCells * cellBytes;
  }

  int cells() {
    return index.size();
  }

  /** Whether the range is well below its share of the budget. */
  boolean isBelowShare() {
    return accounted < budget.share() / 8 * 7;
  }

  /** How many cells have been evicted. */
  long evictions() {
    return evictions;
  }

  /** Cells below this number may be in use: see {@link #isInUse}. */
  int begunCells() {
    return begun;
  }

  boolean isInUse(int cell) {
    return mark(cell) != FREE;
  }

  /** Whether the disk may have an older value of it, or none. */
  boolean isAheadOfDisk(int cell) {
    int mark = mark(cell);
    return mark == dirtyMark || mark == frozenMark || mark == copiedMark;
  }

  private int mark(int cell) {
    return states[cell] & MARK;
  }

  private void account() {
    long now = memory.bytes() + index.bytes() + states.length;
    if (now != accounted) {
      budget.add(now - accounted);
      accounted = now;
    }
  }

  /** Finds one cell, or -1. */
  int find(long key) {
    return index.find(key);
  }

  /** Finds cells; see {@link KeyIndex#resolve}. */
  int resolve(long[] keys, int from, int count, int[] cells) {
    if (index instanceof KeyIndex byKey) {
      return byKey.resolve(keys, from, count, cells);
    }
    int missing = 0;
    for (int i = 0; i < count; i++) {
      cells[i] = index.find(keys[from + i]);
      missing += cells[i] < 0 ? 1 : 0;
    }
    return missing;
  }

  /** Before cells are written to: they become dirty; what is frozen of them is copied. */
  void touchForWrite(int[] cells, int count) {
    byte[] marks = states;
    int current = dirtyMark;
    for (int i = 0; i < count; i++) {
      int cell = cells[i];
      if (cell >= 0 && (marks[cell] & MARK) != current) {
        becomeDirty(cell);
      }
    }
  }

  private void becomeDirty(int cell) {
    if (mark(cell) == frozenMark) {
      copyOut(cell);
    }
    states[cell] = (byte) (REFERENCED | dirtyMark);
    dirtyCells++;
    budget.addDirty(cellBytes);
  }

  private void copyOut(int cell) {
    Objects.requireNonNull(frozen).add(cell);
    frozenLeft--;
  }

  /** Cells were read. Costs nothing while the range is far from having to evict. */
  void touchForRead(int[] cells, int count) {
    if (accounted < budget.share() / 2) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (cells[i] >= 0) {
        states[cells[i]] |= (byte) REFERENCED;
      }
    }
  }

  /**
   * Adds a cell; there must be room. Its values are whatever was there: the caller fills them.
   *
   * @param dirty whether it is new or about to change, or just what the disk has
   */
  int insert(long key, boolean dirty) {
    int cell = freeHead;
    if (cell != NOBODY) {
      freeHead = (int) memory.key(cell);
      freeCount--;
    } else {
      cell = begun++;
    }
    memory.setKey(cell, key);
    index.put(key, cell);
    states[cell] = CLEAN;
    if (dirty) {
      becomeDirty(cell);
    }
    return cell;
  }

  private int room() {
    return freeCount + memory.capacity() - begun;
  }

  /** Makes room for new cells that must get in: grows, else evicts, else grows over the budget. */
  void makeRoom(int more) {
    if (!tryRoom(more, true)) {
      while (room() < more) {
        growCells();
      }
      index.grow(more);
    }
    account();
  }

  /**
   * Makes room within the budget.
   *
   * @return whether there is room now
   */
  boolean tryRoom(int more, boolean mayEvict) {
    while (true) {
      boolean needsCells = room() < more;
      long indexBytes = index.growthBytes(more);
      if (!needsCells && indexBytes == 0) {
        return true;
      }
      if (needsCells && budget.mayGrow(accounted, memory.growthBytes())) {
        growCells();
      } else if (!needsCells && budget.mayGrow(accounted, indexBytes)) {
        index.grow(more);
      } else if (!mayEvict
          || evict(Math.max(more, Math.min(EVICT_AT_ONCE, index.size() / 16))) == 0) {
        account();
        return false;
      }
      account();
    }
  }

  private void growCells() {
    memory.grow();
    if (states.length < memory.capacity()) {
      int length = Math.max(memory.capacity(), states.length + states.length / 4);
      states = Arrays.copyOf(states, length);
    }
  }

  /** Evicts up to so many cells; two rounds of the hand at most. */
  private int evict(int wanted) {
    int evicted = 0;
    for (long steps = 2L * begun; steps > 0 && evicted < wanted; steps--) {
      if (hand >= begun) {
        hand = 0;
      }
      int cell = hand++;
      if (!isInUse(cell) || isAheadOfDisk(cell)) {
        continue;
      }
      if ((states[cell] & REFERENCED) != 0) {
        states[cell] &= (byte) ~REFERENCED;
      } else {
        discard(cell);
        evicted++;
      }
    }
    return evicted;
  }

  private void discard(int cell) {
    index.remove(memory.key(cell));
    free(cell);
    complete = false;
    evictions++;
  }

  private void free(int cell) {
    states[cell] = FREE;
    memory.setKey(cell, freeHead);
    freeHead = cell;
    freeCount++;
  }

  /**
   * Gives a slab back where all ranges together are over the budget and this one is over its share.
   * Not while a checkpoint runs, whose cells cannot be moved.
   */
  void giveBack() {
    if (!budget.mustGiveBack(accounted) || frozenMark != NONE) {
      return;
    }
    int start = memory.lastSlabStart();
    if (start == 0) {
      return;
    }
    int kept = 0;
    for (int cell = start; cell < begun; cell++) {
      if (!isInUse(cell)) {
        continue;
      }
      if (isAheadOfDisk(cell)) {
        kept++;
      } else {
        discard(cell);
      }
    }
    rebuildFreeList(start);
    if (freeCount < kept) {
      evictBelow(start, kept - freeCount);
    }
    if (freeCount >= kept) {
      moveDown(start);
      begun = Math.min(begun, start);
      memory.releaseLastSlab();
      index.trim();
    } else {
      rebuildFreeList(begun);
    }
    account();
  }

  private void rebuildFreeList(int below) {
    freeHead = NOBODY;
    freeCount = 0;
    for (int cell = Math.min(below, begun) - 1; cell >= 0; cell--) {
      if (!isInUse(cell)) {
        free(cell);
      }
    }
  }

  private void evictBelow(int limit, int wanted) {
    int left = wanted;
    for (int cell = 0; cell < limit && left > 0; cell++) {
      if (isInUse(cell) && !isAheadOfDisk(cell)) {
        discard(cell);
        left--;
      }
    }
  }

  private void moveDown(int start) {
    for (int cell = start; cell < begun; cell++) {
      if (isInUse(cell)) {
        int to = freeHead;
        freeHead = (int) memory.key(to);
        freeCount--;
        memory.copyCell(cell, to);
        memory.setKey(to, memory.key(cell));
        states[to] = states[cell];
        index.move(memory.key(cell), to);
      }
    }
  }

  /** All dirty cells are frozen. */
  FrozenCells freeze() {
    if (frozenMark != NONE) {
      throw new IllegalStateException("a checkpoint of this range is running already");
    }
    if (dirtyMark + 2 > LAST_MARK) {
      renumberMarks();
    }
    frozenMark = dirtyMark;
    copiedMark = dirtyMark + 1;
    dirtyMark += 2;
    FrozenCells cells = new FrozenCells(memory, budget);
    frozen = cells;
    frozenLeft = dirtyCells;
    copyCursor = 0;
    budget.addDirty(-dirtyBytes());
    dirtyCells = 0;
    return cells;
  }

  /** Marks are used up: forgets those that mean nothing any more. */
  private void renumberMarks() {
    for (int cell = 0; cell < begun; cell++) {
      int mark = mark(cell);
      if (mark != FREE) {
        states[cell] = (byte) ((states[cell] & REFERENCED) | (mark == dirtyMark ? 1 : CLEAN));
      }
    }
    dirtyMark = 1;
  }

  /**
   * Copies frozen cells.
   *
   * @return whether all are copied
   */
  boolean copyFrozen(int maxBytes) {
    long left = maxBytes;
    while (frozenLeft > 0 && left > 0) {
      int cell = copyCursor++;
      left--;
      if (mark(cell) == frozenMark) {
        copyOut(cell);
        states[cell] = (byte) ((states[cell] & REFERENCED) | copiedMark);
        left -= cellBytes;
      }
    }
    return frozenLeft == 0;
  }

  /** What was frozen is on disk. */
  void thaw() {
    if (frozenLeft > 0) {
      throw new IllegalStateException(frozenLeft + " frozen cells were never copied");
    }
    endFreeze();
  }

  /** What was frozen is not on disk: it is dirty. */
  void thawAsDirty() {
    for (int cell = 0; cell < begun; cell++) {
      int mark = mark(cell);
      if (mark == frozenMark || mark == copiedMark) {
        states[cell] = (byte) ((states[cell] & REFERENCED) | dirtyMark);
        dirtyCells++;
        budget.addDirty(cellBytes);
      }
    }
    endFreeze();
  }

  private void endFreeze() {
    frozenMark = NONE;
    copiedMark = NONE;
    releaseFrozen();
    frozenLeft = 0;
  }

  private void releaseFrozen() {
    if (frozen != null) {
      frozen.release();
      frozen = null;
    }
  }

  /** Takes everything off the budget. */
  void close() {
    releaseFrozen();
    budget.addDirty(-dirtyBytes());
    dirtyCells = 0;
    budget.add(-accounted);
    accounted = 0;
  }
}
