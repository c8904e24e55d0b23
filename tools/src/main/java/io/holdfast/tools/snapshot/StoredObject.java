package io.holdfast.tools.snapshot;

import java.util.regex.Pattern;

/**
 * Names an object of a repository.
 *
 * @param sha256 of its content, 64 hexadecimal digits in lower case
 * @param bytes its length
 */
public record StoredObject(String sha256, long bytes) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  public StoredObject {
    if (!SHA_256.matcher(sha256).matches() || bytes < 0) {
      throw new IllegalArgumentException(sha256 + " of " + bytes + " bytes names no object");
    }
  }

  /** Where it is in the store. */
  String key() {
    return Keys.OBJECTS + sha256.substring(0, 2) + "/" + sha256;
  }
}
