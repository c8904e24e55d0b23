package io.holdfast.tools.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private final AtomicLong nanos = new AtomicLong();

  private Throttle throttle(long bytesPerSecond) {
    return new Throttle(bytesPerSecond, nanos::get, nanos::addAndGet);
  }

  @Test
  void soManyBytesTakeTheirSeconds() {
    Throttle throttle = throttle(1000);
    for (int i = 0; i < 51; i++) {
      throttle.take(100);
    }
    assertEquals(TimeUnit.SECONDS.toNanos(5), nanos.get());
  }

  @Test
  void timeThatPassedUnusedIsNotMadeUpFor() {
    Throttle throttle = throttle(1000);
    throttle.take(100);
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
    long before = nanos.get();
    throttle.take(1000);
    throttle.take(1);
    assertEquals(TimeUnit.SECONDS.toNanos(1), nanos.get() - before);
  }

  @Test
  void withoutABoundNobodyWaits() {
    Throttle throttle = throttle(0);
    throttle.take(Long.MAX_VALUE);
    assertEquals(0, nanos.get());
  }
}
