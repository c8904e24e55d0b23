package io.holdfast.tools.snapshot;

import java.util.List;

/**
 * A RocksDB as it was at one moment: consistent for every range in it.
 *
 * @param node that it was taken of
 * @param storeId of that node's store
 * @param files all that are needed to open it
 */
public record Image(int node, String storeId, List<ImageFile> files) {
  public Image {
    files = List.copyOf(files);
  }

  /** Sum of its files. */
  public long bytes() {
    return files.stream().mapToLong(file -> file.object().bytes()).sum();
  }
}
