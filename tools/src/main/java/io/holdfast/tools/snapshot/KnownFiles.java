package io.holdfast.tools.snapshot;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files that a snapshot holds whose content a store never changes: by store, name there and
 * length, so that they are found without being read.
 */
final class KnownFiles {
  /**
   * @param storeId of the node's store
   * @param name the file's in that store; the store uses it once
   */
  private record Origin(String storeId, String name, long bytes) {}

  static final KnownFiles NONE = new KnownFiles(Map.of());

  private final Map<Origin, StoredObject> files;

  private KnownFiles(Map<Origin, StoredObject> files) {
    this.files = files;
  }

  static KnownFiles of(Manifest manifest) {
    Map<Origin, StoredObject> files = new HashMap<>();
    for (Image image : manifest.images()) {
      for (ImageFile file : image.files()) {
        if (!file.origin().isEmpty()) {
          files.put(
              new Origin(image.storeId(), file.origin(), file.object().bytes()), file.object());
        }
      }
    }
    return new KnownFiles(files);
  }

  @Nullable StoredObject find(String storeId, String name, long bytes) {
    return files.get(new Origin(storeId, name, bytes));
  }
}
