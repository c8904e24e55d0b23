package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Removes objects that no manifest names, while no snapshot is being made. */
final class Sweeper {
  /** So many are deleted before it is looked whether the sweep's mark is still there. */
  private static final int BATCH = 100;

  private final ObjectStore store;
  private final Manifests manifests;
  private final Markers markers;

  Sweeper(ObjectStore store, Manifests manifests, Markers markers) {
    this.store = store;
    this.manifests = manifests;
    this.markers = markers;
  }

  /**
   * @throws HoldfastException SNAPSHOT_DAMAGED or UNSUPPORTED_FORMAT where a manifest other than
   *     those excepted cannot be read: what it needs is not known
   */
  void checkAllReadable(Set<String> except) {
    for (Listed listed : manifests.list()) {
      HoldfastException problem = listed.problem();
      if (problem != null && !except.contains(listed.name())) {
        String text = problem.getMessage();
        throw new HoldfastException(
            problem.code(),
            "nothing was deleted, since it is not known what snapshot '"
                + listed.name()
                + "' needs: "
                + text.substring(text.indexOf(": ") + 2),
            problem);
      }
    }
  }

  Swept sweep() {
    Markers.Sweep sweep = markers.beginSweep();
    try {
      List<String> waitsFor = new ArrayList<>();
      for (Pending pending : markers.pending()) {
        if (Markers.isAlive(pending.since(), Markers.MAKER_EXPIRES, sweep.since())) {
          waitsFor.add(pending.name());
        } else {
          markers.end(pending.name());
        }
      }
      return waitsFor.isEmpty() ? sweep(sweep) : new Swept(0, 0, waitsFor, List.of());
    } finally {
      markers.endSweep(sweep);
    }
  }

  private Swept sweep(Markers.Sweep mark) {
    checkAllReadable(Set.of());
    Set<String> needed = new HashSet<>();
    for (Listed listed : manifests.list()) {
      listed.orThrow().objects().keySet().forEach(object -> needed.add(object.key()));
    }
    List<ObjectStore.Entry> unneeded = new ArrayList<>();
    List<String> foreign = new ArrayList<>();
    TargetErrors.run(
        store,
        "listing the objects",
        () ->
            store.list(
                Keys.OBJECTS,
                entry -> {
                  if (!Keys.isObject(entry.key())) {
                    foreign.add(entry.key());
                  } else if (!needed.contains(entry.key())) {
                    unneeded.add(entry);
                  }
                  return true;
                }));
    long bytes = 0;
    for (int i = 0; i < unneeded.size(); i++) {
      if (i % BATCH == 0) {
        checkOwn(mark);
      }
      ObjectStore.Entry entry = unneeded.get(i);
      TargetErrors.run(store, "deleting " + entry.key(), () -> store.delete(entry.key()));
      bytes += entry.bytes();
    }
    checkOwn(mark);
    TargetErrors.run(store, "removing unfinished files", store::removeUnfinished);
    return new Swept(unneeded.size(), bytes, List.of(), foreign);
  }

  private void checkOwn(Markers.Sweep mark) {
    if (!markers.isOwn(mark)) {
      throw new HoldfastException(
          ErrorCode.NOT_READY,
          "another process deletes objects from "
              + store.name()
              + " now: this one leaves the rest to it");
    }
  }
}
