package io.holdfast.store.rows;

/** A checkpoint of one range; freezes what is dirty when it is made. */
final class RangeCheckpoint implements Checkpoint {
  private enum Stage {
    COPYING,
    COPIED,
    ENDED
  }

  private final RocksRowStore store;
  private final int range;
  private final CellCache cache;
  private final FrozenCells frozen;
  private volatile Stage stage = Stage.COPYING;

  RangeCheckpoint(RocksRowStore store, int range, CellCache cache) {
    this.store = store;
    this.range = range;
    this.cache = cache;
    this.frozen = cache.freeze();
  }

  @Override
  public boolean copy(int maxBytes) {
    if (stage == Stage.COPYING && cache.copyFrozen(maxBytes)) {
      stage = Stage.COPIED;
    }
    return stage == Stage.COPIED;
  }

  @Override
  public void write(byte[] metadata) {
    writeFile(metadata);
    store.ingest(range);
  }

  /** The first half of {@link #write}: all is on disk, and nothing of it is visible. */
  void writeFile(byte[] metadata) {
    if (stage != Stage.COPIED) {
      throw new IllegalStateException(
          "checkpoint of range " + range + " is not ready to be written: " + stage);
    }
    store.writeFile(range, cache.memory().format, frozen, metadata);
  }

  @Override
  public void complete() {
    end();
    cache.thaw();
  }

  @Override
  public void abandon() {
    end();
    cache.thawAsDirty();
  }

  private void end() {
    if (stage == Stage.ENDED) {
      throw new IllegalStateException("checkpoint of range " + range + " has ended already");
    }
    stage = Stage.ENDED;
  }
}
