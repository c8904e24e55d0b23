package io.holdfast.client.retry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which replica of a range is asked next. */
final class Readers {
  private final RetryPolicy policy;
  // Until when a replica is left alone, for something that it failed.
  private final Map<String, Long> avoided = new HashMap<>();
  private int turn;

  Readers(RetryPolicy policy) {
    this.policy = policy;
  }

  /** Empty where there is nobody to ask. */
  String target(Route route, PullCall pull, long nowNanos) {
    if (pull.isLatest()) {
      return route.tail();
    }
    List<String> all = route.readers();
    if (policy.readsAnywhere() && !pull.headOnly) {
      for (int i = 0; i < all.size(); i++) {
        String next = all.get(Math.floorMod(turn++, all.size()));
        Long until = avoided.get(next);
        if (until == null || until - nowNanos <= 0) {
          return next;
        }
      }
    }
    return route.head();
  }

  void avoid(String address, long nowNanos) {
    avoided.put(address, nowNanos + policy.avoidNanos());
  }

  void clear() {
    avoided.clear();
  }
}
