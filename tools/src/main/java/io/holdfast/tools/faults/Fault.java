package io.holdfast.tools.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is done to a cluster. */
enum Fault {
  HEAD(false, "kill -9 of a chain's head"),
  MIDDLE(false, "kill -9 of a chain's middle"),
  TAIL(false, "kill -9 of a chain's tail"),
  CONTROLLER(false, "kill -9 of the controller"),
  TWO_IN_TURN(false, "kill -9 of the head, then of the head that follows it"),
  ZOOKEEPER_LEADER(false, "kill -9 of the ZooKeeper server that leads"),
  ZOOKEEPER(false, "kill -9 of all ZooKeeper servers, back after two session timeouts"),
  ALL(false, "kill -9 of all nodes and all ZooKeeper servers at once"),
  PAUSE(false, "SIGSTOP of a head, or a tail, for longer than its ZooKeeper session, then SIGCONT"),
  EMPTY_DISK(false, "kill -9 of a head, which comes back with an empty disk"),
  JOIN_DRAIN(false, "a fourth node joins and takes ranges, then a head is drained and removed"),
  PARTITION(true, "a head is cut off from the other nodes and from ZooKeeper, not from clients"),
  ONE_WAY(true, "a head's packets to the other nodes are lost, in turn with theirs to it"),
  ZOOKEEPER_AWAY(true, "no node reaches ZooKeeper");

  private final boolean network;
  private final String meaning;

  Fault(boolean network, String meaning) {
    this.network = network;
    this.meaning = meaning;
  }

  /** Whether it needs network namespaces, and with them root. */
  boolean isOfNetwork() {
    return network;
  }

  /** Whether an operator does it on purpose: then no error may reach a worker. */
  boolean isPlanned() {
    return this == JOIN_DRAIN;
  }

  /** One phrase for people. */
  String meaning() {
    return meaning;
  }

  /** As the command line names it. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<Fault> of(String id) {
    return Arrays.stream(values()).filter(fault -> fault.id().equals(id)).findFirst();
  }

  /** Those that need no more than processes. */
  static List<Fault> ofProcesses() {
    return Arrays.stream(values()).filter(fault -> !fault.network).toList();
  }
}
