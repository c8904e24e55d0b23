package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The manifests of a repository: what there is, is a snapshot. */
final class Manifests {
  private static final int MOST_BYTES = 256 << 20;

  private final ObjectStore store;

  Manifests(ObjectStore store) {
    this.store = store;
  }

  boolean has(String name) {
    String key = Keys.snapshot(name);
    return TargetErrors.on(store, "looking for " + key, () -> store.find(key) != null);
  }

  /** In alphabetical order. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    TargetErrors.run(
        store,
        "listing the snapshots",
        () ->
            store.list(
                Keys.SNAPSHOTS,
                entry -> {
                  String name = Keys.name(Keys.SNAPSHOTS, entry.key());
                  if (name != null) {
                    names.add(name);
                  }
                  return true;
                }));
    names.sort(Comparator.naturalOrder());
    return names;
  }

  /** The oldest first; those that cannot be read before all others. */
  List<Listed> list() {
    List<Listed> listed = new ArrayList<>();
    for (String name : names()) {
      Listed snapshot = look(name);
      if (snapshot != null) {
        listed.add(snapshot);
      }
    }
    listed.sort(Comparator.comparing(Manifests::taken).thenComparing(Listed::name));
    return listed;
  }

  private static String taken(Listed listed) {
    return listed.manifest() == null ? "" : listed.manifest().takenAt().toString();
  }

  /** Null where it has gone meanwhile. */
  private @Nullable Listed look(String name) {
    try {
      return new Listed(name, read(name), null);
    } catch (HoldfastException e) {
      return switch (e.code()) {
        case UNKNOWN_SNAPSHOT -> null;
        case SNAPSHOT_DAMAGED, UNSUPPORTED_FORMAT -> new Listed(name, null, e);
        default -> throw e;
      };
    }
  }

  Manifest read(String name) {
    String key = Keys.snapshot(name);
    try (var in = store.open(key)) {
      return ManifestFormat.decode(in.readNBytes(MOST_BYTES), name, store.place(key));
    } catch (NoSuchFileException e) {
      throw unknown(name);
    } catch (IOException e) {
      throw TargetErrors.of(store, "reading " + key, e);
    }
  }

  HoldfastException unknown(String name) {
    List<String> names = names();
    return new HoldfastException(
        ErrorCode.UNKNOWN_SNAPSHOT,
        "there is no snapshot '"
            + name
            + "' in "
            + store.name()
            + ": "
            + (names.isEmpty() ? "there is none at all" : "there are " + shortened(names)));
  }

  private static String shortened(List<String> names) {
    int most = 20;
    return names.size() <= most
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, most)) + " and " + (names.size() - most) + " more";
  }

  void write(Manifest manifest) {
    String key = Keys.snapshot(manifest.name());
    TargetErrors.run(
        store, "storing " + key, () -> store.put(key, Content.of(ManifestFormat.encode(manifest))));
  }

  void delete(String name) {
    String key = Keys.snapshot(name);
    TargetErrors.run(store, "deleting " + key, () -> store.delete(key));
  }
}
