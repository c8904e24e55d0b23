package io.holdfast.tools.server;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.Limits;
import io.holdfast.store.log.LogKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Settings of a node. Every one stands, with its default, in {@code reference.conf}; a file or a
 * system property {@code holdfast.server.*} overrides it. Unknown settings are refused.
 *
 * @param dataDirectory where everything that must survive is kept
 * @param host address to listen on
 * @param port to listen on; 0: any that is free
 * @param advertise host that clients are told; that of {@code host} where empty
 * @param shards threads that own ranges; fixed when the data directory is made
 * @param logKind which log; fixed when the data directory is made
 * @param logSegmentBytes size of a log file; allocated ahead
 * @param cacheBytes memory for rows
 * @param replayBytes log that a restart may have to replay, per shard
 * @param maxLogBytes log beyond which pushes are refused, per shard
 * @param retainBytes log kept beyond what is needed, per shard, for replicas that come back
 * @param idleSync how long pushes of MEMORY durability may stay unsynced
 * @param diskLowBytes pushes are refused when less is free
 * @param diskHighBytes pushes are taken again when more is free
 * @param plugins directory of plug-in jars
 * @param replicas nodes in the chain of each range of a table that does not say
 * @param suspectAfter a successor that has not answered for so long is taken out of its chain
 * @param copyBytesPerSecond of ranges copied to other nodes; 0: as fast as they go
 * @param zookeeper servers of ZooKeeper, {@code host:port,...}; empty: no cluster
 * @param cluster its name
 * @param sessionTimeout a node that has said nothing for so long counts as dead
 * @param limits what a client may ask for; frames and states are held to a quarter of a log file
 */
public record ServerSettings(
    Path dataDirectory,
    String host,
    int port,
    String advertise,
    int shards,
    LogKind logKind,
    long logSegmentBytes,
    long cacheBytes,
    long replayBytes,
    long maxLogBytes,
    long retainBytes,
    Duration idleSync,
    long diskLowBytes,
    long diskHighBytes,
    Optional<Path> plugins,
    int replicas,
    Duration suspectAfter,
    long copyBytesPerSecond,
    String zookeeper,
    String cluster,
    Duration sessionTimeout,
    Limits limits) {
  private static final String ROOT = "holdfast.server";

  public ServerSettings {
    check(port >= 0 && port < 65_536, "port " + port + " is not within 0 and 65535");
    check(shards >= 1 && shards <= 256, "shards " + shards + " is not within 1 and 256");
    check(cacheBytes >= 1 << 20, "cache " + cacheBytes + " bytes is below 1 MiB");
    check(diskLowBytes <= diskHighBytes, "disk-low must not be above disk-high");
    check(
        logSegmentBytes >= 1 << 18 && logSegmentBytes <= 1 << 30,
        "log-segment " + logSegmentBytes + " bytes is not within 256 KiB and 1 GiB");
    check(replicas >= 1 && replicas <= 16, "replicas " + replicas + " is not within 1 and 16");
    check(
        replicas == 1 || !zookeeper.isEmpty(),
        "replicas " + replicas + " need a cluster: give --zookeeper host:port,...");
    limits = limits.within((int) (logSegmentBytes / 4));
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, message);
    }
  }

  /** The defaults, overridden by system properties. */
  public static ServerSettings load() {
    return load(ConfigFactory.load());
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT for a setting that is unknown, missing or of the
   *     wrong kind, naming it and where it stands
   */
  public static ServerSettings load(Config all) {
    try {
      var config = all.getConfig(ROOT);
      refuseUnknown(config);
      String cache = config.getString("cache");
      return new ServerSettings(
          Path.of(config.getString("data")),
          config.getString("host"),
          config.getInt("port"),
          config.getString("advertise"),
          config.getString("shards").equals("auto") ? defaultShards() : config.getInt("shards"),
          config.getEnum(LogKind.class, "log"),
          config.getBytes("log-segment"),
          cache.equals("auto") ? Runtime.getRuntime().maxMemory() / 2 : config.getBytes("cache"),
          config.getBytes("replay"),
          config.getBytes("max-log"),
          config.getString("zookeeper.servers").isEmpty() ? 0 : config.getBytes("retain"),
          config.getDuration("idle-sync"),
          config.getBytes("disk-low"),
          config.getBytes("disk-high"),
          config.getString("plugins").isEmpty()
              ? Optional.empty()
              : Optional.of(Path.of(config.getString("plugins"))),
          replicas(config),
          config.getDuration("suspect-after"),
          config.getBytes("copy-rate"),
          config.getString("zookeeper.servers"),
          config.getString("zookeeper.cluster"),
          config.getDuration("zookeeper.session-timeout"),
          new Limits(
              Math.toIntExact(config.getBytes("limits.frame")),
              config.getInt("limits.keys"),
              Math.toIntExact(config.getBytes("limits.state")),
              config.getInt("limits.parked"),
              config.getDuration("limits.deadline"),
              Math.toIntExact(config.getBytes("limits.key-lists"))));
    } catch (ConfigException e) {
      throw new HoldfastException(ErrorCode.INVALID_ARGUMENT, "settings: " + e.getMessage(), e);
    }
  }

  private static int replicas(Config config) {
    if (!config.getString("replicas").equals("auto")) {
      return config.getInt("replicas");
    }
    return config.getString("zookeeper.servers").isEmpty() ? 1 : 3;
  }

  /** Whether the node is part of a cluster. */
  boolean isClustered() {
    return !zookeeper.isEmpty();
  }

  /** One for every two cores: the transport's threads need the others. */
  static int defaultShards() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  private static void refuseUnknown(Config config) {
    var known =
        ConfigFactory.parseResources(ServerSettings.class.getClassLoader(), "reference.conf")
            .getConfig(ROOT);
    var unknown = new TreeSet<String>();
    config.entrySet().forEach(entry -> unknown.add(entry.getKey()));
    known.entrySet().forEach(entry -> unknown.remove(entry.getKey()));
    if (!unknown.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "unknown settings "
              + ROOT
              + "."
              + unknown
              + ": see the README's table for those that exist");
    }
  }

  /**
   * The defaults with some settings changed, by their names in reference.conf, such as {@code
   * Map.of("port", 0)}.
   */
  public static ServerSettings of(Map<String, ?> changed) {
    var nested = new java.util.HashMap<String, Object>();
    changed.forEach(
        (key, value) ->
            nested.put(ROOT + "." + key, value instanceof Path path ? path.toString() : value));
    return load(ConfigFactory.parseMap(nested).withFallback(ConfigFactory.load()));
  }

  /** What clients are told to connect to. */
  String advertised(int boundPort) {
    return (advertise.isEmpty() ? host : advertise) + ":" + boundPort;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s:%d, data %s, %d shards, log %s, cache %,d bytes",
        host,
        port,
        dataDirectory,
        shards,
        logKind,
        cacheBytes);
  }
}
