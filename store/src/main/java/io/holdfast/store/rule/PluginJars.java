package io.holdfast.store.rule;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.plugin.RangeFunctionFactory;
import io.holdfast.plugin.RowRuleFactory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the factories out of the jars of a plug-in directory, in order of the jars' names. */
final class PluginJars {
  private final Map<String, RowRuleFactory> rules = new HashMap<>();
  private final Map<String, RangeFunctionFactory> functions = new HashMap<>();
  private final Map<String, Path> owners = new HashMap<>();

  private PluginJars() {}

  static PluginJars none() {
    return new PluginJars();
  }

  static PluginJars in(Path directory) {
    var plugins = new PluginJars();
    for (Path jar : jars(directory)) {
      plugins.read(jar);
    }
    return plugins;
  }

  Map<String, RowRuleFactory> rules() {
    return rules;
  }

  Map<String, RangeFunctionFactory> functions() {
    return functions;
  }

  private static List<Path> jars(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot list the plug-in directory "
              + directory
              + ". Make it, or set no plug-in directory",
          e);
    }
  }

  private void read(Path jar) {
    // Nothing closes the loader: its classes are loaded when they are first needed.
    URLClassLoader loader = loader(jar);
    int found =
        read(jar, loader, RowRuleFactory.class, RowRuleFactory::name, rules)
            + read(jar, loader, RangeFunctionFactory.class, RangeFunctionFactory::name, functions);
    if (found == 0) {
      throw refused(
          jar,
          null,
          "it names no RowRuleFactory and no RangeFunctionFactory in META-INF/services. Name them"
              + " there, and put what a plug-in depends on into its own jar",
          null);
    }
  }

  private static URLClassLoader loader(Path jar) {
    // A class loader passes over a jar that it cannot read, so read it here first.
    try (var opened = new JarFile(jar.toFile())) {
      URL url = Path.of(opened.getName()).toUri().toURL();
      return new URLClassLoader(
          "plug-in " + jar.getFileName(), new URL[] {url}, PluginJars.class.getClassLoader());
    } catch (IOException e) {
      throw refused(jar, null, "it cannot be read as a jar. Replace it or take it away", e);
    }
  }

  private <F> int read(
      Path jar, ClassLoader loader, Class<F> kind, Function<F, String> naming, Map<String, F> all) {
    int found = 0;
    try {
      for (var provider : ServiceLoader.load(kind, loader).stream().toList()) {
        if (loader.equals(provider.type().getClassLoader())) {
          add(jar, provider, naming, all);
          found++;
        }
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      throw refused(
          jar, null, e.getMessage() + ". Mend its META-INF/services or build it again", e);
    }
    return found;
  }

  private <F> void add(
      Path jar,
      ServiceLoader.Provider<F> provider,
      Function<F, String> naming,
      Map<String, F> all) {
    String type = provider.type().getName();
    F factory;
    String name;
    try {
      factory = provider.get();
      name = RuleSpec.of(naming.apply(factory)).name();
    } catch (IllegalArgumentException e) {
      throw refused(jar, type, e.getMessage() + ". Give its factory another name", e);
    } catch (RuntimeException | ServiceConfigurationError | LinkageError e) {
      throw refused(
          jar, type, "its factory threw " + rootOf(e) + ". Mend the plug-in or take it away", e);
    }
    if (BuiltIns.holds(name)) {
      throw refused(
          jar,
          type,
          "'" + name + "' is built in. Give it another name, such as acme." + name,
          null);
    }
    Path taken = owners.putIfAbsent(name, jar);
    if (taken != null) {
      throw refused(
          jar,
          type,
          "'" + name + "' is offered by " + taken.getFileName() + " too. Take one of them away",
          null);
    }
    all.put(name, factory);
  }

  private static Throwable rootOf(Throwable e) {
    Throwable cause = e.getCause();
    return e instanceof ServiceConfigurationError && cause != null ? cause : e;
  }

  private static HoldfastException refused(
      Path jar, @Nullable String type, String why, @Nullable Throwable cause) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "plug-in " + jar + (type == null ? "" : ", class " + type) + ": " + why,
        cause);
  }
}
