package io.holdfast.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The nodes that are known, and in which order to ask them: the one that answered last first, those
 * that have just failed last.
 */
final class Nodes {
  private static final long PENALTY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier clock;
  // With the time of the last failure, where there was one since the last answer.
  private final Map<String, Long> failures = new LinkedHashMap<>();
  private final List<String> known = new ArrayList<>();
  private String preferred;

  Nodes(List<String> addresses, LongSupplier clock) {
    this.clock = clock;
    this.preferred = addresses.get(0);
    learn(addresses);
  }

  /** Addresses from a map. */
  synchronized void learn(Collection<String> addresses) {
    for (String address : addresses) {
      if (!address.isEmpty() && !known.contains(address)) {
        known.add(address);
      }
    }
  }

  synchronized void worked(String address) {
    failures.remove(address);
    preferred = address;
  }

  /** It could not be reached, or its stream broke. */
  synchronized void failed(String address) {
    failures.put(address, clock.getAsLong());
  }

  /** All of them, at least one. */
  synchronized List<String> inOrder() {
    long now = clock.getAsLong();
    failures.values().removeIf(at -> now - at > PENALTY_NANOS);
    var order = new ArrayList<String>();
    if (!failures.containsKey(preferred)) {
      order.add(preferred);
    }
    for (String address : known) {
      if (!failures.containsKey(address) && !address.equals(preferred)) {
        order.add(address);
      }
    }
    known.stream().filter(failures::containsKey).forEach(order::add);
    return order;
  }
}
