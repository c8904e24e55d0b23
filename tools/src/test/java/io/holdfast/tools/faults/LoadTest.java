package io.holdfast.tools.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Durability;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load and its book-keeping against one node, whose death is not what is tested here. */
class LoadTest {
  @Test
  void theCountersSayWhatWasAcknowledged(@TempDir Path directory) throws InterruptedException {
    try (Server server =
            Server.start(
                ServerSettings.of(
                    Map.of(
                        "data", directory.toString(),
                        "port", "0",
                        "shards", "1",
                        "log", "FILE",
                        "log-segment", "4MiB",
                        "cache", "64MiB",
                        "disk-low", "0",
                        "disk-high", "0")));
        var load =
            new Load(
                server.address(),
                new Counters(3, 2, 4, 1),
                new LoadSettings(3_000, 4, 16, 3),
                Durability.MEMORY,
                Duration.ofSeconds(30))) {
      for (int round = 0; round < 2; round++) {
        long target = load.ledger().acknowledgedPushes() + 500;
        load.outages().arm(System.nanoTime());
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> load.ledger().acknowledgedPushes() >= target);
        assertTrue(load.outages().disarm(System.nanoTime()).toMillis() < 10_000);
        load.pause(Duration.ofSeconds(30));
        long[] values = load.values();
        assertEquals(new Ledger.Wrong(0, 0), load.ledger().reconcile(values));
        assertEquals(load.ledger().acknowledgedPushes(), java.util.Arrays.stream(values).sum());
        load.resume();
      }
      assertEquals(0, load.ledger().stalePulls());
      assertEquals(0, load.ledger().unansweredPushes());
      assertEquals(List.of(), load.errors());
    }
  }
}
