package io.holdfast.replication.chain;

/**
 * A node's part in a chain.
 *
 * @param node its id, which is that of its store (rule P21)
 * @param incarnation the life of the node that is meant: a later one has to sync again, so that
 *     nobody acts on what it knew before it died (rule P2)
 */
public record ChainMember(int node, int incarnation, Role role) {
  /** What a member counts for. */
  public enum Role {
    /** Counts for commits, may answer, may recover the range. */
    SERVING,
    /** Receives rows and records, and counts for nothing yet (rule P19). */
    SYNCING,
    /** Waits for its turn to sync. */
    WAITING
  }

  public boolean isServing() {
    return role == Role.SERVING;
  }
}
