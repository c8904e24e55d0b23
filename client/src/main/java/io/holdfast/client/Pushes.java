package io.holdfast.client;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A worker's pushes that are not acknowledged, and the first that failed since the last flush. */
final class Pushes {
  private final Map<Long, CompletableFuture<?>> open = new HashMap<>();
  private long made;
  // Failures up to this one are told by a flush that was asked for while they were open.
  private long flushed;
  private @Nullable Throwable failure;

  <T> CompletableFuture<T> add(CompletableFuture<T> push) {
    long number;
    synchronized (this) {
      number = ++made;
      open.put(number, push);
    }
    var unused = push.whenComplete((done, error) -> remove(number, error));
    return push;
  }

  CompletableFuture<Void> flush() {
    CompletableFuture<?>[] now;
    Throwable earlier;
    synchronized (this) {
      // One that is done and was open at an earlier flush was told there; it may be on its way out.
      open.entrySet().removeIf(push -> push.getKey() <= flushed && push.getValue().isDone());
      now = open.values().toArray(CompletableFuture<?>[]::new);
      earlier = failure;
      failure = null;
      flushed = made;
    }
    CompletableFuture<Void> all = CompletableFuture.allOf(now);
    return earlier == null
        ? all
        : all.handle((done, error) -> earlier).thenCompose(CompletableFuture::failedFuture);
  }

  private synchronized void remove(long number, @Nullable Throwable error) {
    open.remove(number);
    if (error != null && failure == null && number > flushed) {
      failure = error;
    }
  }
}
