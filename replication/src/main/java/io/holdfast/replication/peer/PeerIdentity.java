package io.holdfast.replication.peer;

/**
 * Who a node says that it is.
 *
 * @param cluster name of its cluster
 * @param node its id, from 1
 * @param incarnation its life
 * @param address {@code host:port} at which it listens
 */
public record PeerIdentity(String cluster, int node, int incarnation, String address) {}
