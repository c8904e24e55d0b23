package io.holdfast.replication.peer;

/** Is told when the process of a node has ended. */
@FunctionalInterface
public interface ConnectionWatcher {
  /**
   * There is no connection to the node, and its host refuses new ones at its port: the process that
   * listened there is gone. Told again as long as that goes on. May block: it is called on a thread
   * of its own, by one at a time for each node.
   *
   * @param incarnation that the node had by {@link PeerNetwork#setPeers} before its port was tried.
   *     That life is over if nodes listen before they register; a later one may have begun.
   */
  void gone(int node, int incarnation);
}
