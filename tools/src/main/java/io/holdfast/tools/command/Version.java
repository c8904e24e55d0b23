package io.holdfast.tools.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version, as Maven wrote it when it built this. */
public final class Version implements IVersionProvider {
  public static String text() {
    var properties = new Properties();
    try (InputStream file =
        Objects.requireNonNull(
            Version.class.getResourceAsStream("/holdfast-version.properties"),
            "holdfast-version.properties is not on the class path")) {
      properties.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "holdfast " + text(), "JVM " + Runtime.version() + ", " + System.getProperty("java.vm.name")
    };
  }
}
