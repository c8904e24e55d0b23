package io.holdfast.replication.chain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One configuration of a range's chain, as ZooKeeper holds it. Records flow from the head along the
 * serving members to the tail, and from the tail on to the one that is syncing.
 *
 * @param epoch its number; grows with every change of the members
 * @param members head first: serving, then at most one syncing, then waiting
 * @param activatedEpoch the newest epoch that all its members adopted (rule P3)
 * @param minInSync pushes are refused while fewer members serve (rule P7)
 */
public record ChainConfig(int epoch, List<ChainMember> members, int activatedEpoch, int minInSync) {
  /** No configuration: the replica belongs to no chain. */
  public static final ChainConfig NONE = new ChainConfig(0, List.of(), 0, 1);

  public ChainConfig {
    members = List.copyOf(members);
  }

  /** A chain of one that is its own authority, as on a node without coordination. */
  public static ChainConfig alone(int epoch, int node, int incarnation) {
    return new ChainConfig(
        epoch, List.of(new ChainMember(node, incarnation, ChainMember.Role.SERVING)), epoch, 1);
  }

  public boolean isActivated() {
    return activatedEpoch == epoch;
  }

  public int serving() {
    int count = 0;
    while (count < members.size() && members.get(count).isServing()) {
      count++;
    }
    return count;
  }

  /** The member that a node is in this life; null where it is none. */
  public @Nullable ChainMember member(int node, int incarnation) {
    for (var member : members) {
      if (member.node() == node && member.incarnation() == incarnation) {
        return member;
      }
    }
    return null;
  }
}
