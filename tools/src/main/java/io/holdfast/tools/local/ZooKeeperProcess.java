package io.holdfast.tools.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A ZooKeeper server of a local cluster. */
public final class ZooKeeperProcess {
  private final ZooKeeperPlace place;
  private final ChildProcess child;
  private volatile String role = "";

  ZooKeeperProcess(
      ZooKeeperPlace place,
      List<ZooKeeperPlace> ensemble,
      Path directory,
      String heap,
      List<String> flags) {
    this.place = place;
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "zookeeper",
                "--until-input-ends",
                "--id",
                Integer.toString(place.id()),
                "--data",
                directory.resolve("zookeeper-" + place.id()).toString()));
    for (ZooKeeperPlace server : ensemble) {
      arguments.addAll(List.of("--member", server.member()));
    }
    this.child =
        new ChildProcess(
            "zookeeper-" + place.id(),
            JavaCommand.of(place.client().launcher(), heap, flags, arguments),
            directory.resolve("zookeeper-" + place.id() + ".log"),
            line -> {
              if (line.startsWith(ZooKeeperCommand.ROLE)) {
                role = line.substring(ZooKeeperCommand.ROLE.length()).strip();
              }
            });
  }

  public String name() {
    return child.name();
  }

  /** {@code host:port} for clients. */
  public String address() {
    return place.client().address();
  }

  public Path log() {
    return child.log();
  }

  public long pid() {
    return child.pid();
  }

  /** Whether it is part of an ensemble that has a leader, as far as it has said. */
  public boolean isServing() {
    return child.isAlive()
        && (role.equals(ZooKeeperRole.LEADING) || role.equals(ZooKeeperRole.FOLLOWING));
  }

  /** Whether it leads the ensemble, which may be one server alone. */
  public boolean isLeader() {
    return child.isAlive() && role.equals(ZooKeeperRole.LEADING);
  }

  public boolean isAlive() {
    return child.isAlive();
  }

  ChildProcess child() {
    return child;
  }

  /** Starts it again, on the same addresses and data. Returns before it serves. */
  public void start() {
    role = "";
    child.start();
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() {
    child.kill();
    role = "";
  }
}
