package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.FullDisk;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.Path;

/** What is said of a file that cannot be read or written. */
final class FileTrouble {
  private FileTrouble() {}

  static HoldfastException writing(Path file, IOException e) {
    boolean isFull = FullDisk.isMeantBy(e);
    return new HoldfastException(
        isFull ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
        "cannot write "
            + file
            + ": "
            + e
            + (isFull ? "; make room there, or export to another disk" : ""),
        e);
  }

  static HoldfastException reading(Path file, IOException e) {
    return new HoldfastException(ErrorCode.INVALID_ARGUMENT, "cannot read " + file + ": " + e, e);
  }
}
