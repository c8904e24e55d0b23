package io.holdfast.tools.local;

import io.holdfast.tools.command.Directories;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A node of a local cluster. */
public final class NodeProcess {
  private static final String SERVING = "serving at ";

  private final Place place;
  private final Path data;
  private final ChildProcess child;
  private volatile boolean serving;

  NodeProcess(
      int number, Place place, String zooKeepers, Path directory, ClusterSettings settings) {
    this.place = place;
    this.data = directory.resolve("node-" + number);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "server",
                "--until-input-ends",
                "--data",
                data.toString(),
                "--host",
                place.host(),
                "--port",
                Integer.toString(place.port())));
    if (!zooKeepers.isEmpty()) {
      arguments.addAll(List.of("--zookeeper", zooKeepers));
    }
    for (Map.Entry<String, String> setting : settings.nodeSettings().entrySet()) {
      arguments.addAll(List.of("--set", setting.getKey() + "=" + setting.getValue()));
    }
    this.child =
        new ChildProcess(
            "node-" + number,
            JavaCommand.of(
                place.launcher(), settings.nodeHeap(), settings.javaOptions(), arguments),
            directory.resolve("node-" + number + ".log"),
            line -> {
              if (line.startsWith(SERVING)) {
                serving = true;
              }
            });
  }

  /** Its name in this cluster of processes, such as {@code node-1}; not the node's number. */
  public String name() {
    return child.name();
  }

  /** {@code host:port}, the same in every life. */
  public String address() {
    return place.address();
  }

  public Path data() {
    return data;
  }

  public Path log() {
    return child.log();
  }

  public long pid() {
    return child.pid();
  }

  /** Whether it has said that it serves, in this life. */
  public boolean isServing() {
    return serving && child.isAlive();
  }

  public boolean isAlive() {
    return child.isAlive();
  }

  ChildProcess child() {
    return child;
  }

  /** Starts it again, on the same address and data. Returns before it serves. */
  public void start() {
    serving = false;
    child.start();
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() {
    child.kill();
    serving = false;
  }

  /** SIGKILL; returns at once. */
  public void beginKill() {
    child.beginKill();
  }

  /** SIGSTOP. */
  public void pause() {
    child.pause();
  }

  /** SIGCONT. */
  public void resume() {
    child.resume();
  }

  /** Deletes all that it has stored. Only while it is not alive. */
  public void emptyDisk() {
    if (child.isAlive()) {
      throw new IllegalStateException(name() + " is alive: its data is not to be deleted");
    }
    Directories.delete(data);
  }
}
