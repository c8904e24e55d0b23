package io.holdfast.tools.server;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.store.disk.DataDirectory;
import io.holdfast.v1.CatalogState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Sees to it that a data directory is whole before anything is opened: a log, the rows or the
 * catalogue that is not there would be made anew, empty, and what it held would be lost without a
 * word.
 */
final class StoreParts {
  private StoreParts() {}

  /**
   * @throws HoldfastException STORE_FAILED naming what is missing; nothing was changed
   */
  static void require(DataDirectory data, CatalogState catalog) {
    Path rocks = data.rowsDirectory().resolve("rocks");
    if (catalog.getVersion() > 0) {
      // Logs and rows are made before the catalogue's first change.
      requirePart(rocks.resolve("CURRENT"));
      for (int shard = 0; shard < data.options().shards(); shard++) {
        requirePart(data.logDirectory(shard).resolve("log.id"));
      }
    } else if (holdsRows(rocks)) {
      requirePart(data.root().resolve("catalog"));
    }
  }

  /**
   * The same for a member of a cluster.
   *
   * @param known whether the cluster has the store registered, so that it has been in use
   */
  static void requireMember(DataDirectory data, boolean known) {
    if (known) {
      requirePart(data.rowsDirectory().resolve("rocks").resolve("CURRENT"));
      for (int shard = 0; shard < data.options().shards(); shard++) {
        requirePart(data.logDirectory(shard).resolve("log.id"));
      }
    }
  }

  private static void requirePart(Path part) {
    if (!Files.exists(part)) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED,
          part
              + " is missing, though the data directory is in use: put it back, or move the directory away and restore a"
              + " snapshot; nothing was changed");
    }
  }

  private static boolean holdsRows(Path rocks) {
    if (!Files.isDirectory(rocks)) {
      return false;
    }
    try (Stream<Path> files = Files.list(rocks)) {
      return files.anyMatch(file -> file.getFileName().toString().endsWith(".sst"));
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.STORE_FAILED, rocks + " cannot be read: " + e.getMessage(), e);
    }
  }
}
