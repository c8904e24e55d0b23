package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is where in a repository; docs/snapshots.md has the table. */
final class Keys {
  static final String IDENTITY = "repository.json";
  static final String OBJECTS = "objects/";
  static final String SNAPSHOTS = "snapshots/";
  static final String PENDING = "pending/";

  /** There while objects are being deleted. */
  static final String SWEEPING = "sweeping.json";

  private static final String JSON = ".json";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final Pattern OBJECT = Pattern.compile(OBJECTS + "([0-9a-f]{2})/\\1[0-9a-f]{62}");

  private Keys() {}

  /**
   * @throws HoldfastException INVALID_ARGUMENT
   */
  static String checkedName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "'"
              + name
              + "' cannot name a snapshot: up to 100 letters, digits, dots, dashes and underscores,"
              + " the first a letter or a digit");
    }
    return name;
  }

  static String snapshot(String name) {
    return SNAPSHOTS + checkedName(name) + JSON;
  }

  static String pending(String name) {
    return PENDING + checkedName(name) + JSON;
  }

  /** The snapshot that a key below a prefix is of; null where the key is not one of ours. */
  static @Nullable String name(String prefix, String key) {
    if (!key.startsWith(prefix) || !key.endsWith(JSON)) {
      return null;
    }
    String name = key.substring(prefix.length(), key.length() - JSON.length());
    return NAME.matcher(name).matches() ? name : null;
  }

  static boolean isObject(String key) {
    return OBJECT.matcher(key).matches();
  }
}
