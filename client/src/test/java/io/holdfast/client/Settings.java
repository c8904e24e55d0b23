package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Options that make tests quick, and how errors are looked at. */
final class Settings {
  private Settings() {}

  static Options quick() {
    return Options.defaults()
        .withCallTimeout(Duration.ofSeconds(30))
        .withCloseTimeout(Duration.ofSeconds(2))
        .withWindowBytes(64 << 20)
        .withPieceBytes(1 << 20)
        .withRetryDelay(Duration.ofMillis(10));
  }

  static ErrorCode failure(CompletableFuture<?> future) {
    var thrown = assertThrows(CompletionException.class, future::join);
    return assertInstanceOf(HoldfastException.class, thrown.getCause()).code();
  }

  static ErrorCode failure(Runnable call) {
    return assertThrows(HoldfastException.class, call::run).code();
  }
}
