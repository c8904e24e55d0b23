package io.holdfast.tools.command;

import io.holdfast.tools.server.BuildVersion;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class Version implements IVersionProvider {
  public static String text() {
    return BuildVersion.text();
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "holdfast " + text(), "JVM " + Runtime.version() + ", " + System.getProperty("java.vm.name")
    };
  }
}
