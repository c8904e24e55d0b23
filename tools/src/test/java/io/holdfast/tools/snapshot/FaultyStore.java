package io.holdfast.tools.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store that may be full, or gone, or end its process at a key. */
final class FaultyStore implements ObjectStore {
  /** The process dies here: nothing that follows is run. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1;
  }

  private final ObjectStore store;
  private long quotaBytes = Long.MAX_VALUE;
  private boolean isGone;
  private String crashAt = " ";
  private Runnable beforeDelete = () -> {};

  FaultyStore(ObjectStore store) {
    this.store = store;
  }

  FaultyStore quota(long bytes) {
    quotaBytes = bytes;
    return this;
  }

  FaultyStore gone(boolean gone) {
    isGone = gone;
    return this;
  }

  /** The next write or deletion of a key that begins so does not happen. */
  FaultyStore crashAt(String prefix) {
    crashAt = prefix;
    return this;
  }

  FaultyStore beforeDelete(Runnable action) {
    beforeDelete = action;
    return this;
  }

  private void check() throws IOException {
    if (isGone) {
      throw new IOException("Stale file handle");
    }
  }

  private void changing(String key) throws IOException {
    check();
    if (key.startsWith(crashAt)) {
      crashAt = " ";
      throw new Crash();
    }
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public String place(String key) {
    return store.place(key);
  }

  @Override
  public @Nullable Entry find(String key) throws IOException {
    check();
    return store.find(key);
  }

  @Override
  public void put(String key, Content content) throws IOException {
    changing(key);
    if (content.bytes() > quotaBytes) {
      throw new TargetFullException("No space left on device", null);
    }
    quotaBytes -= content.bytes();
    store.put(key, content);
  }

  @Override
  public @Nullable Path file(String key) {
    return store.file(key);
  }

  @Override
  public InputStream open(String key) throws IOException {
    check();
    return store.open(key);
  }

  @Override
  public void delete(String key) throws IOException {
    beforeDelete.run();
    changing(key);
    store.delete(key);
  }

  @Override
  public void list(String prefix, Predicate<Entry> each) throws IOException {
    check();
    store.list(prefix, each);
  }

  @Override
  public void removeUnfinished() throws IOException {
    check();
    store.removeUnfinished();
  }

  @Override
  public void close() {
    store.close();
  }
}
