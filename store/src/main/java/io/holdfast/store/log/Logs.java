package io.holdfast.store.log;

import io.holdfast.model.FullDisk;
import io.holdfast.store.log.LogException.Kind;
import java.io.IOException;

/** Opens logs. */
public final class Logs {
  private Logs() {}

  /**
   * Opens the log of a shard, or creates it where the directory is empty or not there. What was
   * appended and not synced before a crash is kept as far as it is whole, and is on disk when this
   * returns. Blocks. The caller sees to it that nobody else has the directory open: see {@link
   * io.holdfast.store.disk.DataDirectory}.
   *
   * @throws LogException CORRUPT where a record that was once durable cannot be read (nothing was
   *     changed), FOREIGN where the directory holds something else, DISK_FULL, or FAILED where the
   *     disk cannot be read or written
   */
  public static ShardLog open(LogOptions options) {
    try {
      return switch (options.kind()) {
        case FILE -> FileLog.open(options);
        case CHRONICLE -> ChronicleLog.open(options);
      };
    } catch (IOException e) {
      Kind kind = FullDisk.isMeantBy(e) ? Kind.DISK_FULL : Kind.FAILED;
      throw new LogException(
          kind, "the log in " + options.directory() + " cannot be opened: " + e, e);
    }
  }
}
