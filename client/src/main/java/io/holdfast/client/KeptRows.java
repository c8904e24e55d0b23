package io.holdfast.client;

import io.holdfast.client.cache.Fetch;
import io.holdfast.client.cache.Freshness;
import io.holdfast.client.cache.RowCache;
import io.holdfast.model.ElementType;
import io.holdfast.model.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a {@link CachedTable} keeps, and what is on its way to it. One lock guards both;
 * under it nothing is sent and nothing blocks.
 */
final class KeptRows {
  private final RemoteTable table;
  private final Session session;
  private final CacheSettings settings;
  private final boolean asMade;
  private final int width;
  private final RowCache rows;
  private final List<Announced> announced = new ArrayList<>();
  private long hits;
  private long misses;
  private long pulls;
  private long localPulls;
  private long prefetched;
  private int releases;

  /** What is pulled before it is needed; done when its rows are kept, or failed. */
  private record Announced(Fetch fetch, CompletableFuture<Boolean> done) {}

  /**
   * @param table makes calls at once
   * @param asMade whether pushes reach the server as they are made, and in their place
   */
  KeptRows(RemoteTable table, Session session, CacheSettings settings, boolean asMade) {
    this.table = table;
    this.session = session;
    this.settings = settings;
    this.width = table.spec().width();
    this.asMade = asMade;
    this.rows = new RowCache(table.spec(), asMade, settings.bytes());
    this.releases = table.releases();
  }

  CompletableFuture<Rows> pull(long[] keys, float @Nullable [] floats, long @Nullable [] longs) {
    return pull(keys, floats, longs, /* mayWait= */ true);
  }

  private CompletableFuture<Rows> pull(
      long[] keys, float @Nullable [] floats, long @Nullable [] longs, boolean mayWait) {
    int[] missing = new int[keys.length];
    RowCache.Found found;
    Fetch fetch;
    synchronized (this) {
      heedReleases();
      int clock = session.clock();
      found = rows.read(keys, needed(clock), floats, longs, missing);
      int absent = found.missing();
      if (absent > 0 && mayWait) {
        CompletableFuture<?> coming = coming(keys, missing, absent, clock);
        if (coming != null) {
          return coming.thenComposeAsync(
              done -> pull(keys, floats, longs, /* mayWait= */ false), session.executor());
        }
      }
      pulls++;
      hits += keys.length - absent;
      misses += absent;
      localPulls += absent == 0 ? 1 : 0;
      fetch = absent == 0 ? null : rows.begin(select(keys, missing, absent), clock);
    }
    if (fetch == null) {
      int minClock = keys.length == 0 ? 0 : found.minClock();
      return CompletableFuture.completedFuture(
          new PulledRows(width, keys.length, floats, longs, minClock));
    }
    return fetch(fetch, 0)
        .thenApply(
            pulled -> {
              for (int i = 0; i < found.missing(); i++) {
                if (floats != null) {
                  System.arraycopy(pulled.floats(), i * width, floats, missing[i] * width, width);
                } else if (longs != null) {
                  System.arraycopy(pulled.longs(), i * width, longs, missing[i] * width, width);
                }
              }
              int minClock = Math.min(found.minClock(), pulled.minClock());
              return new PulledRows(width, keys.length, floats, longs, minClock);
            });
  }

  void announce(long[] keys) {
    int[] missing = new int[keys.length];
    var stored = new CompletableFuture<Boolean>();
    Announced coming;
    synchronized (this) {
      heedReleases();
      int clock = session.clock() + 1;
      int absent = rows.read(keys, needed(clock), null, null, missing).missing();
      long[] wanted = notComing(select(keys, missing, absent), clock);
      if (wanted.length == 0) {
        return;
      }
      prefetched += wanted.length;
      coming = new Announced(rows.begin(wanted, clock), stored);
      announced.add(coming);
    }
    var unused =
        fetch(coming.fetch(), 1)
            .whenComplete(
                (pulled, error) -> {
                  synchronized (this) {
                    announced.remove(coming);
                  }
                  stored.complete(error == null);
                });
  }

  <T> CompletableFuture<T> push(
      long[] keys,
      float @Nullable [] floats,
      long @Nullable [] longs,
      Supplier<CompletableFuture<T>> call) {
    long before;
    synchronized (this) {
      before = rows.pushing(keys, floats, longs);
    }
    CompletableFuture<T> pushed;
    try {
      pushed = call.get();
    } finally {
      synchronized (this) {
        rows.pushed(keys, before);
      }
    }
    return pushed.whenComplete(
        (done, error) -> {
          // What goes through filters may have been sent only now.
          if (error != null || !asMade) {
            synchronized (this) {
              rows.forget(keys);
            }
          }
        });
  }

  <T> CompletableFuture<T> push(KeyRange keys, Supplier<CompletableFuture<T>> call) {
    long before;
    synchronized (this) {
      before = rows.pushing(keys);
    }
    try {
      return call.get();
    } finally {
      synchronized (this) {
        rows.pushed(keys, before);
      }
    }
  }

  CompletableFuture<Void> release(Supplier<CompletableFuture<Void>> call) {
    clear();
    return call.get().whenComplete((done, error) -> clear());
  }

  synchronized CacheStatistics statistics() {
    return new CacheStatistics(
        hits, misses, pulls, localPulls, prefetched, rows.evicted(), rows.rows(), rows.bytes());
  }

  synchronized void clear() {
    rows.clear();
  }

  // By whichever call: the worker's flush does not come by here.
  private void heedReleases() {
    int now = table.releases();
    if (now != releases) {
      releases = now;
      rows.clear();
    }
  }

  private Freshness needed(int clock) {
    return Freshness.needed(table.consistency(), clock, settings.eventualStaleness());
  }

  /**
   * Done when announced rows among these have come that are for this clock or an earlier one; null
   * where there are none. Those for a later clock may wait for this worker's own tick.
   */
  private @Nullable CompletableFuture<?> coming(long[] keys, int[] missing, int absent, int clock) {
    var awaited = new ArrayList<CompletableFuture<?>>();
    for (Announced one : announced) {
      if (one.fetch().ownClock() <= clock) {
        for (int i = 0; i < absent; i++) {
          if (one.fetch().brings(keys[missing[i]])) {
            awaited.add(one.done());
            break;
          }
        }
      }
    }
    return awaited.isEmpty()
        ? null
        : CompletableFuture.allOf(awaited.toArray(CompletableFuture<?>[]::new));
  }

  private long[] notComing(long[] keys, int clock) {
    return Arrays.stream(keys)
        .filter(
            key ->
                announced.stream()
                    .noneMatch(one -> one.fetch().ownClock() >= clock && one.fetch().brings(key)))
        .toArray();
  }

  /** Pulls, and keeps what comes before anybody is told. */
  private CompletableFuture<Rows> fetch(Fetch fetch, int clocksAhead) {
    return table
        .pullAhead(fetch.keys(), clocksAhead)
        .whenComplete(
            (pulled, error) -> {
              synchronized (this) {
                heedReleases();
                if (error != null) {
                  rows.end(fetch);
                } else if (table.spec().element() == ElementType.INT64) {
                  rows.store(fetch, pulled.minClock(), null, pulled.longs());
                } else {
                  rows.store(fetch, pulled.minClock(), pulled.floats(), null);
                }
              }
            });
  }

  private static long[] select(long[] keys, int[] places, int count) {
    long[] selected = new long[count];
    for (int i = 0; i < count; i++) {
      selected[i] = keys[places[i]];
    }
    return selected;
  }
}
