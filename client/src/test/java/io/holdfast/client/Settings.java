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
    return new Options(
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        64 << 20,
        1 << 20,
        Duration.ofMillis(10));
  }

  static ErrorCode failure(CompletableFuture<?> future) {
    var thrown = assertThrows(CompletionException.class, future::join);
    return assertInstanceOf(HoldfastException.class, thrown.getCause()).code();
  }

  static ErrorCode failure(Runnable call) {
    return assertThrows(HoldfastException.class, call::run).code();
  }
}
