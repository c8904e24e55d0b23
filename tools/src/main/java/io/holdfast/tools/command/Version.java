package io.holdfast.tools.command;

import io.holdfast.tools.server.Release;
import picocli.CommandLine.IVersionProvider;

/** The version, for {@code --version}. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "holdfast " + Release.version(),
      "JVM " + Runtime.version() + ", " + System.getProperty("java.vm.name")
    };
  }
}
