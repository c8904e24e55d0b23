package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.holdfast.client.Holdfast;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hashed table shows its callers their own keys, not the places that the server knows. */
class HashedTableTest {
  @TempDir Path directory;

  @Test
  void theGreatestRowsAreNamedByTheKeysThatWerePushed() {
    var settings =
        Map.of(
            "data",
            directory.resolve("node"),
            "port",
            0,
            "shards",
            2,
            "log-segment",
            "4MiB",
            "limits.frame",
            "1MiB",
            "cache",
            "64MiB");
    try (var server = Server.start(ServerSettings.of(settings));
        var cluster = Holdfast.connect(server.address())) {
      var table = cluster.job("test").table("h", TableSpec.sparse().hashed().ranges(3).build());
      table.push(new long[] {1, 2, -3, 4}, new float[] {10, 40, 30, 20}).join();
      var greatest = table.evaluate(RuleSpec.of("top_k").with("k", 3)).join();
      assertArrayEquals(new long[] {2, -3, 4}, greatest.keys());
      assertArrayEquals(new double[] {40, 30, 20}, greatest.values());
    }
  }
}
