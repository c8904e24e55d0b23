package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Keeps those who store and those who delete apart, over a store that has no locks: each writes its
 * marker first, then looks for the other's. So at least one of two sees the other and gives way,
 * and no object is deleted that a maker has found and does not send again. Times are the target's.
 */
final class Markers {
  /** A maker that has not been heard of for so long has failed. */
  static final Duration MAKER_EXPIRES = Duration.ofHours(24);

  /** A sweep that is older has failed. */
  static final Duration SWEEP_EXPIRES = Duration.ofHours(1);

  private final ObjectStore store;

  Markers(ObjectStore store) {
    this.store = store;
  }

  /** Marks a snapshot as being made. */
  Pending begin(String name) {
    String key = Keys.pending(name);
    return TargetErrors.on(
        store,
        "marking the snapshot as pending",
        () -> {
          boolean goesOn = store.find(key) != null;
          Pending pending = mark(name, UUID.randomUUID().toString());
          ObjectStore.Entry sweep = store.find(Keys.SWEEPING);
          if (sweep != null && isAlive(sweep.modified(), SWEEP_EXPIRES, pending.since())) {
            if (!goesOn) {
              store.delete(key);
            }
            throw new HoldfastException(
                ErrorCode.NOT_READY,
                "objects are being deleted from "
                    + store.name()
                    + ": try again when that is done; where its process has died, remove "
                    + store.place(Keys.SWEEPING));
          }
          return pending;
        });
  }

  /** Says that its maker lives. */
  Pending refresh(Pending pending) {
    checkOwner(pending);
    return TargetErrors.on(
        store, "marking the snapshot as pending", () -> mark(pending.name(), pending.owner()));
  }

  private Pending mark(String name, String owner) throws IOException {
    String key = Keys.pending(name);
    store.put(
        key, Content.of(("{\"owner\":\"" + owner + "\"}\n").getBytes(StandardCharsets.UTF_8)));
    return new Pending(name, owner, written(key));
  }

  private Instant written(String key) throws IOException {
    ObjectStore.Entry entry = store.find(key);
    if (entry == null) {
      throw new IOException(store.place(key) + " is not there after it was written");
    }
    return entry.modified();
  }

  /**
   * @throws HoldfastException NOT_READY where somebody else makes it now, or has deleted it
   */
  void checkOwner(Pending pending) {
    if (!pending.owner().equals(owner(Keys.pending(pending.name())))) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "snapshot '"
              + pending.name()
              + "' is being made by another process now, or was deleted: this one gives up;"
              + " see 'snapshot list'");
    }
  }

  private @Nullable String owner(String key) {
    try (var in = store.open(key)) {
      String text = new String(in.readNBytes(1000), StandardCharsets.UTF_8);
      return text.replaceAll("(?s)\\{\"owner\":\"([^\"]*)\"\\}\\s*", "$1");
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw TargetErrors.of(store, "reading " + key, e);
    }
  }

  boolean isPending(String name) {
    String key = Keys.pending(name);
    return TargetErrors.on(store, "looking for " + key, () -> store.find(key) != null);
  }

  void end(String name) {
    String key = Keys.pending(name);
    TargetErrors.run(store, "deleting " + key, () -> store.delete(key));
  }

  /** By name; failed ones too. */
  List<Pending> pending() {
    List<Pending> found = new ArrayList<>();
    TargetErrors.run(
        store,
        "listing pending snapshots",
        () ->
            store.list(
                Keys.PENDING,
                entry -> {
                  String name = Keys.name(Keys.PENDING, entry.key());
                  String owner = name == null ? null : owner(entry.key());
                  if (name != null && owner != null) {
                    found.add(new Pending(name, owner, entry.modified()));
                  }
                  return true;
                }));
    found.sort(Comparator.comparing(Pending::name));
    return found;
  }

  /** A sweep's mark: nobody begins a snapshot while it is there. */
  record Sweep(String owner, Instant since) {}

  Sweep beginSweep() {
    return TargetErrors.on(
        store,
        "marking the sweep",
        () -> {
          String owner = UUID.randomUUID().toString();
          store.put(
              Keys.SWEEPING,
              Content.of(("{\"owner\":\"" + owner + "\"}\n").getBytes(StandardCharsets.UTF_8)));
          return new Sweep(owner, written(Keys.SWEEPING));
        });
  }

  boolean isOwn(Sweep sweep) {
    return sweep.owner().equals(owner(Keys.SWEEPING));
  }

  void endSweep(Sweep sweep) {
    if (isOwn(sweep)) {
      TargetErrors.run(store, "ending the sweep", () -> store.delete(Keys.SWEEPING));
    }
  }

  static boolean isAlive(Instant since, Duration expires, Instant now) {
    return since.plus(expires).isAfter(now);
  }
}
