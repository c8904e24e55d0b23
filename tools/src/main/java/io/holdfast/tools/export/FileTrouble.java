package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** What is said of a file that cannot be read or written. */
final class FileTrouble {
  private FileTrouble() {}

  static HoldfastException writing(Path file, IOException e) {
    String text = String.valueOf(e.getMessage());
    boolean isFull =
        text.toLowerCase(Locale.ROOT).contains("no space left") || text.contains("Disk quota");
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
