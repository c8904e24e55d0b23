package io.holdfast.coordination;

/**
 * A server of a ZooKeeper ensemble.
 *
 * @param id 1 to 255, another for each
 * @param clientPort where clients connect
 * @param peerPort where the others follow it
 * @param electionPort where the others vote with it
 */
public record EnsembleMember(int id, String host, int clientPort, int peerPort, int electionPort) {
  public EnsembleMember {
    if (id < 1 || id > 255) {
      throw new IllegalArgumentException("id " + id + " is not within 1 and 255");
    }
  }
}
