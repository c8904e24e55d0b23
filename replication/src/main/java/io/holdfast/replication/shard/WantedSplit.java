package io.holdfast.replication.shard;

import java.util.Set;

/**
 * A split of a range that the catalogue asks for (rule P24).
 *
 * @param key first key of the right half, unsigned
 * @param left id of the left half
 * @param right id of the right half
 * @param cutNodes serving members that have said that they have both halves durably
 */
public record WantedSplit(long key, int left, int right, Set<Integer> cutNodes) {
  public WantedSplit {
    cutNodes = Set.copyOf(cutNodes);
  }
}
