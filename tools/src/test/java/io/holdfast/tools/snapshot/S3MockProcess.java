package io.holdfast.tools.snapshot;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Adobe's S3Mock, in a process of its own, with one bucket. */
final class S3MockProcess implements AutoCloseable {
  static final String BUCKET = "snapshots";

  private static final Pattern STARTED =
      Pattern.compile("started on ports \\d+ \\(https\\), (\\d+)");

  /** A class at the root of its jar, by which the jar is found on the class path. */
  private static final String LAUNCHER = "org/springframework/boot/loader/launch/JarLauncher.class";

  private final Process process;
  private final Path log;

  /**
   * @param directory for its files
   */
  S3MockProcess(Path directory) throws IOException {
    log = directory.resolve("s3mock.log");
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx256m",
                    "-Djava.io.tmpdir=" + directory,
                    "-jar",
                    jar().toString(),
                    "--http.port=0",
                    "--server.port=0",
                    "--com.adobe.testing.s3mock.store.root="
                        + Files.createDirectory(directory.resolve("s3")),
                    "--com.adobe.testing.s3mock.store.initialBuckets=" + BUCKET))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    // Where this process is killed, the mock must not stay.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  private static Path jar() {
    var launcher = S3MockProcess.class.getClassLoader().getResource(LAUNCHER);
    if (launcher == null) {
      throw new IllegalStateException("the jar of S3Mock is not on the class path");
    }
    String inJar = launcher.toString();
    return Path.of(URI.create(inJar.substring("jar:".length(), inJar.indexOf('!'))));
  }

  /** Waits until it answers. */
  String endpoint() {
    return await()
        .atMost(Duration.ofMinutes(2))
        .until(this::port, port -> !port.isEmpty())
        .transform(port -> "http://127.0.0.1:" + port);
  }

  private String port() throws IOException {
    String text = Files.readString(log);
    if (!process.isAlive()) {
      throw new IllegalStateException("S3Mock has ended:\n" + text);
    }
    Matcher started = STARTED.matcher(text);
    return started.find() ? started.group(1) : "";
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
