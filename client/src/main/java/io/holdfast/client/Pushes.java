package io.holdfast.client;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A worker's pushes that are not acknowledged, and the first that failed since the last flush. */
final class Pushes {
  private final Set<CompletableFuture<?>> open = new LinkedHashSet<>();
  private @Nullable Throwable failure;

  <T> CompletableFuture<T> add(CompletableFuture<T> push) {
    synchronized (this) {
      open.add(push);
    }
    push.whenComplete((done, error) -> remove(push, error));
    return push;
  }

  CompletableFuture<Void> flush() {
    CompletableFuture<?>[] now;
    Throwable earlier;
    synchronized (this) {
      now = open.toArray(CompletableFuture<?>[]::new);
      earlier = failure;
      failure = null;
    }
    CompletableFuture<Void> all = CompletableFuture.allOf(now);
    return earlier == null
        ? all
        : all.handle((done, error) -> earlier).thenCompose(CompletableFuture::failedFuture);
  }

  private synchronized void remove(CompletableFuture<?> push, @Nullable Throwable error) {
    open.remove(push);
    if (error != null && failure == null) {
      failure = error;
    }
  }
}
