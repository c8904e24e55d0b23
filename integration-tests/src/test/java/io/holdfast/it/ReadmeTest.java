package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.holdfast.client.Holdfast;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's client example, compiled for Java 17 as it stands there, and run against a server in
 * a process of its own.
 */
@SuppressWarnings("NullAway.Init")
class ReadmeTest {
  /** Jars that the client library needs at run time. */
  private static final String CLIENT_JARS =
      ".*/(grpc-(api|context|core|netty-shaded|protobuf|protobuf-lite|stub|util)|protobuf-java"
          + "|proto-google-common-protos|guava|failureaccess|perfmark-api|slf4j-api|gson|jspecify"
          + "|annotations|error_prone_annotations|animal-sniffer-annotations|jsr305)-\\d[^/]*\\.jar";

  @TempDir Path directory;
  private Server server;

  @BeforeEach
  void start() {
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data",
                    directory.resolve("node"),
                    "port",
                    0,
                    "shards",
                    1,
                    "log-segment",
                    "4MiB",
                    "limits.frame",
                    "1MiB",
                    "cache",
                    "64MiB")));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Path compiled() throws IOException {
    Path classes = Files.createDirectories(directory.resolve("classes"));
    Path source = directory.resolve("Example.java");
    Files.writeString(source, Documents.read("README.md").code("## Client", "java"));
    var errors = new ByteArrayOutputStream();
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                errors,
                errors,
                "--release",
                "17",
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                source.toString());
    assertEquals(0, result, errors.toString(StandardCharsets.UTF_8));
    return classes;
  }

  private float[] weights() {
    try (Holdfast cluster = Holdfast.connect(server.address())) {
      return cluster
          .job("example")
          .table("w")
          .pull(new long[] {3, 17, 4_000_000_000L})
          .join()
          .floats();
    }
  }

  @Test
  void theClientExampleCompilesAndTrains() throws Exception {
    String first =
        run(Path.of(System.getProperty("java.home")), System.getProperty("java.class.path"));
    float[] trained = weights();
    assertTrue(first.contains(Arrays.toString(trained)), first);
    for (float weight : trained) {
      assertTrue(weight > 0.5 && weight < 1.5, Arrays.toString(trained));
    }
    // It has saved that it is done: run again, it changes nothing.
    String second =
        run(Path.of(System.getProperty("java.home")), System.getProperty("java.class.path"));
    assertEquals(first, second);
  }

  @Test
  void theClientLibraryRunsOnJava17WithNothingButItsOwnDependencies() throws Exception {
    List<Path> found = java17();
    assumeFalse(found.isEmpty(), "no JDK 17 was found: set JAVA17_HOME to one");
    String classPath =
        Stream.concat(
                Stream.of(Documents.root().resolve("client/target/classes").toString()),
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                    .filter(entry -> entry.matches(CLIENT_JARS)))
            .collect(Collectors.joining(File.pathSeparator));
    String out = run(found.get(0), classPath);
    assertTrue(out.contains(Arrays.toString(weights())), out);
  }

  private static List<Path> java17() throws IOException {
    String named = System.getenv("JAVA17_HOME");
    if (named != null && isJava17(Path.of(named))) {
      return List.of(Path.of(named));
    }
    Path usual = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(usual)) {
      return List.of();
    }
    try (Stream<Path> homes = Files.list(usual)) {
      return homes.filter(ReadmeTest::isJava17).sorted().toList();
    }
  }

  private static boolean isJava17(Path home) {
    try {
      return Files.isExecutable(home.resolve("bin/java"))
          && Files.readString(home.resolve("release")).contains("JAVA_VERSION=\"17");
    } catch (IOException e) {
      return false;
    }
  }

  private String run(Path javaHome, String classPath) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                javaHome.resolve("bin/java").toString(),
                "-Xmx256m",
                "-cp",
                compiled() + File.pathSeparator + classPath,
                "Example",
                server.address())
            .redirectErrorStream(false)
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the example does not end");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), Files.readString(directory.resolve("errors")));
    return Files.readString(output);
  }
}
