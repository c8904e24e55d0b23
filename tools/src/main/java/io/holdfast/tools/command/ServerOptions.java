package io.holdfast.tools.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Settings of a node on the command line: they override those of --config, which override the
 * defaults.
 */
final class ServerOptions {
  @Option(
      names = "--data",
      paramLabel = "DIRECTORY",
      description = "Where everything that must survive is kept.")
  private @Nullable Path data;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Address to listen on. Default: 127.0.0.1.")
  private @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on, 0: any that is free. Default: 7070.")
  private @Nullable Integer port;

  @Option(
      names = "--shards",
      paramLabel = "N",
      description =
          "Threads that own ranges; fixed with the data directory. Default: one for every two cores.")
  private @Nullable Integer shards;

  @Option(
      names = "--log",
      paramLabel = "chronicle|file",
      description = "Kind of log; fixed with the data directory. Default: chronicle.")
  private @Nullable String log;

  @Option(
      names = "--cache",
      paramLabel = "SIZE",
      description = "Memory for rows, such as 4GiB. Default: half of the heap.")
  private @Nullable String cache;

  @Option(
      names = "--plugins",
      paramLabel = "DIRECTORY",
      description = "Directory of plug-in jars. Default: none.")
  private @Nullable Path plugins;

  @Option(
      names = "--zookeeper",
      paramLabel = "HOST:PORT",
      description = {
        "The ZooKeeper servers of the cluster, separated by commas.",
        "Default: none, the node is alone."
      })
  private @Nullable String zooKeeper;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Name of the cluster at these ZooKeeper servers. Default: holdfast.")
  private @Nullable String cluster;

  @Option(
      names = "--zookeeper-session-timeout",
      paramLabel = "TIME",
      description =
          "How long ZooKeeper may hear nothing of a node before it is taken for dead. Default: 2s.")
  private @Nullable String sessionTimeout;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Replicas of new tables. Default: 3 with --zookeeper, else 1.")
  private @Nullable Integer replicas;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "Any other setting, such as replay=1GiB or limits.frame=64MiB. May be repeated.")
  private Map<String, String> others = new LinkedHashMap<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "File of settings, HOCON or JSON, as holdfast.server { ... }.")
  private @Nullable Path config;

  /** What the command line or the file says; null where neither does. */
  @Nullable Path data() {
    if (data != null) {
      return data;
    }
    String name = "holdfast.server.data";
    Config said = config(others).withFallback(file());
    return said.hasPath(name) ? Path.of(said.getString(name)) : null;
  }

  boolean hasZooKeeper() {
    return zooKeeper != null;
  }

  /**
   * @param defaults by name, for what neither the command line nor the file says
   */
  ServerSettings settings(Map<String, String> defaults) {
    return settings(defaults, Map.of());
  }

  /**
   * @param fixed by name, for what holds whatever is said anywhere
   */
  ServerSettings settings(Map<String, String> defaults, Map<String, String> fixed) {
    Map<String, String> given = new LinkedHashMap<>(others);
    put(given, "data", data);
    put(given, "host", host);
    put(given, "port", port);
    put(given, "shards", shards);
    put(given, "log", log == null ? null : log.toUpperCase(java.util.Locale.ROOT));
    put(given, "cache", cache);
    put(given, "plugins", plugins);
    put(given, "zookeeper.servers", zooKeeper);
    put(given, "zookeeper.cluster", cluster);
    put(given, "zookeeper.session-timeout", sessionTimeout);
    put(given, "replicas", replicas);
    given.putAll(fixed);
    return ServerSettings.load(
        config(given)
            .withFallback(file())
            .withFallback(config(defaults))
            .withFallback(ConfigFactory.load()));
  }

  private Config file() {
    if (config == null) {
      return ConfigFactory.empty();
    }
    try {
      return ConfigFactory.parseFile(
              config.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
          .resolve();
    } catch (ConfigException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "--config " + config + ": " + e.getMessage(), e);
    }
  }

  private static Config config(Map<String, String> settings) {
    Map<String, String> nested = new LinkedHashMap<>();
    settings.forEach((name, value) -> nested.put("holdfast.server." + name, value));
    return ConfigFactory.parseMap(nested, "command line");
  }

  private static void put(Map<String, String> into, String name, @Nullable Object value) {
    if (value != null) {
      into.put(name, value.toString());
    }
  }
}
