package io.holdfast.tools.local;

/**
 * Where a ZooKeeper server runs.
 *
 * @param id its number in the ensemble, from 1
 * @param client where clients reach it
 * @param peerPort for the other servers of the ensemble
 * @param electionPort for their elections
 */
public record ZooKeeperPlace(int id, Place client, int peerPort, int electionPort) {
  /** As {@code holdfast zookeeper --member} takes it. */
  String member() {
    return String.join(
        ":",
        Integer.toString(id),
        client.host(),
        Integer.toString(client.port()),
        Integer.toString(peerPort),
        Integer.toString(electionPort));
  }
}
