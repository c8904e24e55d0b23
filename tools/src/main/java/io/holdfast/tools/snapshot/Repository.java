package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A repository of snapshots, in a directory or an S3-compatible store.
 *
 * <p>To make a snapshot: {@link #begin}, then {@link #put} of each file, by any number of processes
 * that have opened the same target, then {@link #publish} of the manifest. Until that last step
 * nobody sees anything of it; after a failure the same begins again, and what was stored is not
 * sent again.
 *
 * <p>For any number of threads. All calls block; their errors are {@link HoldfastException}:
 * TARGET_UNAVAILABLE where the target cannot be reached, has gone or may not be written to,
 * DISK_FULL where it is full, and those that are named at each call. All may be repeated.
 */
public final class Repository implements AutoCloseable {
  private final ObjectStore store;
  private final String id;
  private final ObjectPool objects;
  private final Manifests manifests;
  private final Markers markers;
  private final Sweeper sweeper;
  private @Nullable KnownFiles known;

  private Repository(ObjectStore store, String id, long bytesPerSecond) {
    this.store = store;
    this.id = id;
    this.objects = new ObjectPool(store, new Throttle(bytesPerSecond));
    this.manifests = new Manifests(store);
    this.markers = new Markers(store);
    this.sweeper = new Sweeper(store, manifests, markers);
  }

  /**
   * Opens a repository; with {@link RepositoryOptions#create} it is made, durably, where there is
   * none.
   *
   * @param target a directory ({@code /path} or {@code file:///path}), or {@code
   *     s3://bucket/prefix}
   * @throws HoldfastException INVALID_ARGUMENT where the target cannot be one, or holds other
   *     things; TARGET_UNAVAILABLE where it is none and is not to be made; UNSUPPORTED_FORMAT where
   *     a later version made it; SNAPSHOT_DAMAGED
   */
  public static Repository open(String target, RepositoryOptions options) {
    ObjectStore store = Targets.open(target, options);
    try {
      return open(store, options);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  static Repository open(ObjectStore store, RepositoryOptions options) {
    String id = options.create() ? Identity.readOrCreate(store) : Identity.read(store);
    return new Repository(store, id, options.bytesPerSecond());
  }

  /** The target as other processes can open it: of a directory the absolute path. */
  public String target() {
    return store.name();
  }

  /** Random, the same for all who open this repository: tells whether they see the same one. */
  public String id() {
    return id;
  }

  /**
   * Marks a snapshot as being made, durably, so that no object is deleted until it is published or
   * has not been {@linkplain #refresh refreshed} for 24 hours. Takes over from a maker that failed.
   *
   * @throws HoldfastException SNAPSHOT_EXISTS; NOT_READY while objects are being deleted;
   *     INVALID_ARGUMENT for a name that cannot be
   */
  public Pending begin(String name) {
    Identity.check(store, id);
    if (manifests.has(name)) {
      throw exists(name);
    }
    return markers.begin(name);
  }

  private HoldfastException exists(String name) {
    return new HoldfastException(
        ErrorCode.SNAPSHOT_EXISTS,
        "there is a snapshot '"
            + name
            + "' in "
            + store.name()
            + " already: choose another name, or remove it with 'snapshot delete "
            + name
            + "'");
  }

  /**
   * Says that its maker lives; to be called every few hours, better every few minutes.
   *
   * @throws HoldfastException NOT_READY where another makes it now, or it was deleted
   */
  public Pending refresh(Pending pending) {
    return markers.refresh(pending);
  }

  /**
   * Stores a file, unless its content is there. Durable when this returns. The file is read once to
   * name it, and again where it is sent; one that changes in between is refused.
   *
   * @throws HoldfastException STORE_FAILED where the file cannot be read
   */
  public Stored put(Path file, Progress progress) {
    return objects.put(file, progress);
  }

  /** Stores a small document, unless it is there. Durable when this returns. */
  public Stored put(byte[] content) {
    return objects.put(content);
  }

  /** Whether an object is there, with its length; its content is not looked at. */
  public boolean has(StoredObject object) {
    return objects.has(object);
  }

  /**
   * The object that holds a file of a store, where the newest snapshot does: the file need not be
   * read. Null where it does not, or where the object has gone. The newest snapshot is looked up
   * once, at the first call.
   *
   * @param storeId of the node's store
   * @param name of the file in that store, which never uses it for another content
   */
  public @Nullable StoredObject known(String storeId, String name, long bytes) {
    StoredObject object = knownFiles().find(storeId, name, bytes);
    return object != null && objects.has(object) ? object : null;
  }

  private synchronized KnownFiles knownFiles() {
    KnownFiles files = known;
    if (files == null) {
      files = KnownFiles.NONE;
      for (Listed listed : manifests.list()) { // the newest last
        if (listed.manifest() != null) {
          files = KnownFiles.of(listed.manifest());
        }
      }
      known = files;
    }
    return files;
  }

  /**
   * Makes the snapshot visible, in one step, and durable; its marker goes. All that the manifest
   * names must be stored: that it is there, with its length, is looked at first.
   *
   * @throws HoldfastException SNAPSHOT_EXISTS; SNAPSHOT_DAMAGED where an object is missing;
   *     NOT_READY where another makes it now, or it was deleted
   */
  public void publish(Manifest manifest, Pending pending) {
    if (!manifest.name().equals(pending.name())) {
      throw new IllegalArgumentException(manifest.name() + " is not " + pending.name());
    }
    Identity.check(store, id);
    List<String> missing = objects.missing(manifest.objects());
    if (!missing.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.SNAPSHOT_DAMAGED,
          missing.size()
              + " objects of '"
              + manifest.name()
              + "' are missing, the first "
              + missing.getFirst()
              + ": see whether every node writes to this very target, and run the command again");
    }
    markers.checkOwner(pending);
    if (manifests.has(manifest.name())) {
      throw exists(manifest.name());
    }
    manifests.write(manifest);
    markers.end(manifest.name());
  }

  /** All snapshots, the oldest first; with those that cannot be read, and why, before them. */
  public List<Listed> list() {
    return manifests.list();
  }

  /** Snapshots that are being made, or whose maker failed. */
  public List<Pending> pending() {
    return markers.pending();
  }

  /**
   * What a snapshot is.
   *
   * @throws HoldfastException UNKNOWN_SNAPSHOT, SNAPSHOT_DAMAGED, UNSUPPORTED_FORMAT
   */
  public Manifest read(String name) {
    return manifests.read(name);
  }

  /**
   * Reads every object of these snapshots, each once, and compares its checksum; goes on after one
   * that is missing or damaged.
   *
   * @param progress over all objects
   */
  public Verified verify(List<Manifest> snapshots, Progress progress) {
    Map<StoredObject, List<String>> all = new LinkedHashMap<>();
    for (Manifest manifest : snapshots) {
      manifest
          .objects()
          .forEach(
              (object, uses) -> {
                List<String> users = all.computeIfAbsent(object, unused -> new ArrayList<>());
                uses.forEach(use -> users.add(use + " of '" + manifest.name() + "'"));
              });
    }
    return objects.verify(all, progress);
  }

  /**
   * An object's content. The stream verifies it, and throws SNAPSHOT_DAMAGED before it hands out
   * the last byte of what is not it; to be read by one thread and closed.
   *
   * @throws HoldfastException SNAPSHOT_DAMAGED where it is missing
   */
  public InputStream open(StoredObject object) {
    return objects.open(object, Progress.NONE);
  }

  /**
   * Writes an object's content to a file, replacing one that is there; it is not forced to disk.
   * Where this throws there is no file.
   *
   * @throws HoldfastException SNAPSHOT_DAMAGED where the object is missing or damaged, STORE_FAILED
   *     where the file cannot be written
   */
  public void get(StoredObject object, Path to, Progress progress) {
    objects.get(object, to, progress);
  }

  /**
   * Makes an object readable under a path at which there is nothing: of a target that is a
   * directory by a symbolic link, which is not verified, else by a copy, which is. Not to be
   * written to.
   *
   * @throws HoldfastException as {@link #get}
   */
  public void place(StoredObject object, Path at, Progress progress) {
    objects.place(object, at, progress);
  }

  /**
   * Deletes a snapshot, and then each object that no other needs; or what is left of one that was
   * never finished. The manifest goes first: where this is cut short the snapshot is gone, and the
   * next deletion removes the rest.
   *
   * @throws HoldfastException UNKNOWN_SNAPSHOT; before anything is touched UNSUPPORTED_FORMAT where
   *     the snapshot is of a later version, and SNAPSHOT_DAMAGED or UNSUPPORTED_FORMAT where
   *     another one cannot be read, so that what it needs is not known
   */
  public Swept delete(String name) {
    Identity.check(store, id);
    boolean isThere = manifests.has(name);
    boolean isPending = markers.isPending(name);
    if (!isThere && !isPending) {
      throw manifests.unknown(name);
    }
    if (isThere) {
      checkNotNewer(name);
    }
    sweeper.checkAllReadable(Set.of(name));
    if (isThere) {
      manifests.delete(name);
    }
    if (isPending) {
      markers.end(name);
    }
    return sweeper.sweep();
  }

  /** A damaged one may be deleted; one of a later version is not understood, and may be fine. */
  private void checkNotNewer(String name) {
    try {
      manifests.read(name);
    } catch (HoldfastException e) {
      if (e.code() != ErrorCode.SNAPSHOT_DAMAGED) {
        throw e;
      }
    }
  }

  /**
   * Deletes objects that no snapshot needs, such as a failed deletion left.
   *
   * @throws HoldfastException SNAPSHOT_DAMAGED or UNSUPPORTED_FORMAT, before anything is deleted,
   *     where a snapshot cannot be read
   */
  public Swept sweep() {
    Identity.check(store, id);
    return sweeper.sweep();
  }

  @Override
  public void close() {
    store.close();
  }
}
