package io.holdfast.it.sim;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The simulator and all that it runs, loaded again with one source file changed. Nothing of the
 * bugs is in the code that is shipped.
 */
final class MutatedWorld extends ClassLoader {
  private static final List<String> OWN =
      List.of(
          "io.holdfast.it.sim.",
          "io.holdfast.replication.chain.",
          "io.holdfast.coordination.",
          "io.holdfast.client.cache.",
          "io.holdfast.client.retry.",
          "io.holdfast.model.KnownConsistency");

  private final Map<String, byte[]> changed;

  private MutatedWorld(Map<String, byte[]> changed) {
    super(MutatedWorld.class.getClassLoader());
    this.changed = changed;
  }

  /** Runs seeds in a world with the bug; gives the violated invariant's name, or null. */
  @SuppressWarnings("unchecked")
  static LongFunction<@Nullable String> with(SeededBug bug) {
    try {
      var world = new MutatedWorld(compile(bug));
      var run = world.loadClass("io.holdfast.it.sim.SeedRun").getDeclaredConstructor();
      return (LongFunction<@Nullable String>) run.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, byte[]> compile(SeededBug bug) {
    var file = Path.of(System.getProperty("holdfast.root", ".")).resolve(bug.file());
    String source;
    try {
      source = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int at = source.indexOf(bug.from());
    if (at < 0 || source.indexOf(bug.from(), at + 1) >= 0) {
      throw new IllegalStateException(
          bug + ": its text is not there once in " + file + ": change SeededBug along with it");
    }
    return compiled(bug, source.replace(bug.from(), bug.to()));
  }

  private static Map<String, byte[]> compiled(SeededBug bug, String source) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var classes = new HashMap<String, ByteArrayOutputStream>();
    var errors = new StringWriter();
    var input =
        new SimpleJavaFileObject(
            URI.create("string:///" + Path.of(bug.file()).getFileName()),
            JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    var files = new InMemory(compiler.getStandardFileManager(null, null, null), classes);
    var options = List.of("-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path"));
    if (!compiler.getTask(errors, files, null, options, null, List.of(input)).call()) {
      throw new IllegalStateException(bug + " does not compile: " + errors);
    }
    var bytes = new HashMap<String, byte[]>();
    classes.forEach((name, code) -> bytes.put(name, code.toByteArray()));
    return bytes;
  }

  private static final class InMemory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, ByteArrayOutputStream> classes;

    InMemory(StandardJavaFileManager files, Map<String, ByteArrayOutputStream> classes) {
      super(files);
      this.classes = classes;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        JavaFileManager.Location location,
        String name,
        JavaFileObject.Kind kind,
        @Nullable FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("mem:///" + name.replace('.', '/')), kind) {
        @Override
        public OutputStream openOutputStream() {
          var code = new ByteArrayOutputStream();
          classes.put(name, code);
          return code;
        }
      };
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      var loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      if (OWN.stream().noneMatch(name::startsWith)) {
        return super.loadClass(name, resolve);
      }
      byte[] code = changed.containsKey(name) ? changed.get(name) : original(name);
      return defineClass(name, code, 0, code.length);
    }
  }

  private byte[] original(String name) throws ClassNotFoundException {
    try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
