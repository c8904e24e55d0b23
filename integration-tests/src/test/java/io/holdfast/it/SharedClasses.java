package io.holdfast.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes of the processes that tests start, read and linked once: a process that finds them in
 * a file of the JVM's (class data sharing) starts with some 40 % less processor time. The JVM takes
 * such a file only for the very jars that it was made from, and starts without it otherwise.
 */
final class SharedClasses {
  private static final Path FILE = ServerProcess.root().resolve("integration-tests/target/it.jsa");

  /** First all jars, as the file has them, then directories, which it cannot hold. */
  private static final String CLASS_PATH =
      Stream.concat(entries().filter(SharedClasses::isJar), entries().filter(one -> !isJar(one)))
          .collect(Collectors.joining(File.pathSeparator));

  private static final List<String> OPTIONS = options();

  private SharedClasses() {}

  /** Options of a JVM, among them its class path. */
  static List<String> arguments() {
    var arguments = new ArrayList<>(OPTIONS);
    arguments.addAll(List.of("-cp", CLASS_PATH));
    return arguments;
  }

  private static Stream<String> entries() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
  }

  private static boolean isJar(String entry) {
    return entry.endsWith(".jar");
  }

  /** None where the project's own classes are not in jars, as before Maven's phase package. */
  private static List<String> options() {
    if (entries().noneMatch(one -> isJar(one) && one.contains("holdfast-tools"))) {
      return List.of();
    }
    try (var channel =
            FileChannel.open(
                FILE.resolveSibling("it.jsa.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      if (lock.isValid() && !isFresh()) {
        make();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Files.exists(FILE)
        ? List.of("-XX:SharedArchiveFile=" + FILE, "-Xlog:disable")
        : List.of();
  }

  private static boolean isFresh() throws IOException {
    if (!Files.exists(FILE)) {
      return false;
    }
    var made = Files.getLastModifiedTime(FILE);
    for (String jar : entries().filter(SharedClasses::isJar).toList()) {
      if (Files.getLastModifiedTime(Path.of(jar)).compareTo(made) > 0) {
        return false;
      }
    }
    return true;
  }

  /** By a training of a moment, which loads what servers, clients and commands load. */
  private static void make() throws IOException {
    var part = FILE.resolveSibling("it.jsa.part");
    var command = new ArrayList<>(ServerProcess.flags());
    command.add("-XX:ArchiveClassesAtExit=" + part);
    command.addAll(List.of("-Xlog:disable", "-cp"));
    command.add(
        entries().filter(SharedClasses::isJar).collect(Collectors.joining(File.pathSeparator)));
    command.addAll(List.of("io.holdfast.tools.command.HoldfastCommand", "train", "lr", "--quiet"));
    command.addAll(List.of("--examples", "200", "--passes", "1"));
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(FILE.resolveSibling("it.jsa.log").toFile())
            .start();
    try {
      if (process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0) {
        Files.move(part, FILE, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
