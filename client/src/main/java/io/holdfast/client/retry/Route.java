package io.holdfast.client.retry;

import io.holdfast.model.KeyRange;
import java.util.Comparator;
import java.util.List;

/**
 * Where a range is served.
 *
 * @param range its id
 * @param keys placed keys
 * @param epoch of its chain (P1)
 * @param head address of the chain's head; empty while there is none
 * @param readers addresses of the members that serve, head first, tail last
 * @param ancestors ids of the ranges that it was split out of, the oldest first (P24)
 */
public record Route(
    int range,
    KeyRange keys,
    int epoch,
    String head,
    List<String> readers,
    List<Integer> ancestors) {
  public Route {
    readers = List.copyOf(readers);
    ancestors = List.copyOf(ancestors);
  }

  /** A range that was made with its table. */
  public Route(int range, KeyRange keys, int epoch, String head, List<String> readers) {
    this(range, keys, epoch, head, readers, List.of());
  }

  /** Such a range that one node serves. */
  public Route(int range, KeyRange keys, int epoch, String head) {
    this(range, keys, epoch, head, head.isEmpty() ? List.of() : List.of(head));
  }

  /** By their keys. */
  static List<Route> inOrder(List<Route> routes) {
    return routes.stream()
        .sorted(Comparator.comparing(route -> route.keys().start(), Long::compareUnsigned))
        .toList();
  }

  /** Address of the chain's tail; empty while there is none. */
  public String tail() {
    return readers.isEmpty() ? head : readers.get(readers.size() - 1);
  }

  /** Whether what was sent by the other route has to be sent again by this one. */
  boolean replaces(Route other) {
    return epoch > other.epoch || (epoch == other.epoch && !head.equals(other.head));
  }
}
