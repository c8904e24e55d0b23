package io.holdfast.tools.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** Which Holdfast this is. */
public final class Release {
  private Release() {}

  /** The version, as Maven wrote it when it built this. */
  public static String version() {
    var properties = new Properties();
    try (InputStream file =
        Objects.requireNonNull(
            Release.class.getResourceAsStream("/holdfast-version.properties"),
            "holdfast-version.properties is not on the class path")) {
      properties.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }
}
