package io.holdfast.store.rule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Compiles sources that are in no module of ours and packs them as a plug-in's jar. */
final class SampleJar {
  static final Path SOURCES = Path.of("src/test/plugin-sample");

  private SampleJar() {}

  /**
   * @param services service interface to provider classes, for META-INF/services
   */
  static Path build(Path jar, Path sources, Map<Class<?>, List<String>> services)
      throws IOException {
    Path classes = Files.createTempDirectory(jar.toAbsolutePath().getParent(), "classes");
    compile(sources, classes);
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Path file : files(classes, ".class")) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
      }
      for (var service : services.entrySet()) {
        out.putNextEntry(new JarEntry("META-INF/services/" + service.getKey().getName()));
        out.write(
            String.join("\n", service.getValue())
                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  private static void compile(Path sources, Path classes) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString()));
    files(sources, ".java").forEach(file -> arguments.add(file.toString()));
    int outcome =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    if (outcome != 0) {
      throw new IllegalStateException("javac of " + sources + " ended with " + outcome);
    }
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }
}
