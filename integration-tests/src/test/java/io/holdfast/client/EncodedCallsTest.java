package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.filter.Compression;
import io.holdfast.filter.Encoding;
import io.holdfast.filter.NumberFormat;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.v1.SplitRangeRequest;
import io.holdfast.v1.TableName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushes and pulls whose keys and values are encoded, against a server. */
@SuppressWarnings("NullAway.Init")
class EncodedCallsTest {
  private static final Encoding SMALL =
      new Encoding(NumberFormat.PLAIN, Compression.ZSTD, true, true);

  @TempDir Path directory;
  private Server server;

  @BeforeEach
  void start() {
    server = start(0, "4MiB");
  }

  private Server start(int port, String keyLists) {
    var settings = new HashMap<String, Object>();
    settings.put("data", directory.resolve("node"));
    settings.put("port", port);
    settings.put("shards", 2);
    settings.put("log-segment", "4MiB");
    settings.put("limits.frame", "1MiB");
    settings.put("limits.key-lists", keyLists);
    settings.put("cache", "64MiB");
    settings.put("disk-low", 0);
    settings.put("disk-high", 0);
    return Server.start(ServerSettings.of(Map.copyOf(settings)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static long[] keys(int count) {
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      keys[i] = 7L * i * i + 3;
    }
    return keys;
  }

  private static float[] values(int count, int width) {
    var random = new Random(count);
    float[] values = new float[count * width];
    for (int row = 0; row < count; row++) {
      for (int i = row * width; row % 3 == 0 && i < (row + 1) * width; i++) {
        values[i] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 1001})
  void everyEncodingOfFloatsComesAsExactAsItsFormatIs(int width) {
    int count = 20_000 / width + 5;
    long[] keys = keys(count);
    float[] values = values(count, width);
    try (var cluster = Holdfast.connect(server.address())) {
      for (var format : NumberFormat.values()) {
        for (var compression : Compression.values()) {
          for (boolean rest : new boolean[] {false, true}) {
            var encoding = new Encoding(format, compression, rest, rest);
            String name = "t-" + format + compression + rest;
            var table =
                (RemoteTable)
                    cluster
                        .job("j")
                        .table(name, TableSpec.sparse().width(width).ranges(3).hashed().build());
            var encoded = table.encoded(encoding, encoding);
            encoded.push(keys, values).join();
            encoded.push(keys, values).join();
            float[] exactly = table.pull(keys).join().floats();
            float[] again = encoded.pull(keys).join().floats();
            double step =
                switch (format) {
                  case PLAIN -> 0;
                  case BFLOAT16 -> 0x1p-8;
                  case FLOAT16 -> 0x1p-11;
                  case INT8 -> 6.0 / 127;
                };
            for (int i = 0; i < values.length; i++) {
              double off = format == NumberFormat.INT8 ? step : Math.abs(values[i]) * step + 1e-7;
              assertEquals(2 * values[i], exactly[i], 2 * off, () -> encoding + " pushed");
              assertEquals(2 * values[i], again[i], 4 * off, () -> encoding + " pulled");
            }
          }
        }
      }
    }
  }

  @Test
  void wholeNumbersKeepAllTheirBits() {
    try (var cluster = Holdfast.connect(server.address())) {
      var table =
          (RemoteTable)
              cluster.job("j").table("c", TableSpec.sparse().int64().width(3).ranges(2).build());
      long[] keys = keys(5_000);
      long[] values = new Random(1).longs(15_000).map(v -> v % 4 == 0 ? 0 : v).toArray();
      for (var compression : Compression.values()) {
        var encoded = table.encoded(SMALL, SMALL.withCompression(compression));
        long[] before = table.pull(keys, new long[15_000]).join().longs();
        encoded.push(keys, values).join();
        long[] after = encoded.pull(keys, new long[15_000]).join().longs();
        for (int i = 0; i < before.length; i++) {
          before[i] += values[i];
        }
        assertArrayEquals(before, after);
      }
    }
  }

  @Test
  void theSecondTimeADigestGoesInPlaceOfTheKeys() {
    long[] keys = keys(10_000);
    try (var cluster = Holdfast.connect(server.address())) {
      var table =
          ((RemoteTable) cluster.job("j").table("w", TableSpec.sparse().ranges(2).build()))
              .encoded(SMALL, SMALL);
      table.push(keys, new float[keys.length]).join();
      var first = cluster.traffic();
      table.push(keys, new float[keys.length]).join();
      table.pull(keys).join();
      var second = cluster.traffic().since(first);
      assertTrue(first.pushed() > 10_000, first::toString);
      assertTrue(second.pushed() < 500, second::toString);
      assertTrue(second.pullRequests() < 200, second::toString);
      assertTrue(second.pulled() < 500, second::toString);
    }
  }

  @Test
  void aServerThatHasForgottenTheListsIsToldThemAgain() {
    long[] keys = keys(3_000);
    float[] ones = new float[keys.length];
    java.util.Arrays.fill(ones, 1);
    try (var cluster = Holdfast.connect(server.address())) {
      var table =
          ((RemoteTable) cluster.job("j").table("w", TableSpec.sparse().ranges(2).build()))
              .encoded(SMALL, SMALL);
      for (int round = 1; round <= 3; round++) {
        table.push(keys, ones).join();
        var behind = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 20; i++) {
          behind.add(table.push(keys, ones));
        }
        behind.forEach(CompletableFuture::join);
        assertEquals(21f * round, table.pull(keys).join().floats()[17]);
        int port = server.port();
        server.close();
        server = start(port, round == 1 ? "4MiB" : "1KiB");
      }
    }
  }

  @Test
  void whatIsSentAgainIsWhatWasSentAndIsAppliedOnce() {
    long[] keys = keys(2_000);
    var random = new Random(9);
    try (var cluster = Holdfast.connect(server.address())) {
      var table = (RemoteTable) cluster.job("j").table("w", TableSpec.sparse().ranges(2).build());
      float[] wanted = new float[keys.length];
      var calls = new ArrayList<CompletableFuture<?>>();
      for (int round = 0; round < 60; round++) {
        float[] values = new float[keys.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = random.nextInt(2_000) - 1_000;
        }
        var format = round % 2 == 0 ? NumberFormat.INT8 : NumberFormat.BFLOAT16;
        float[] residue = new float[keys.length];
        var encoding = SMALL.withFormat(format);
        calls.add(table.push(keys, values, new PushEncoding(encoding, round, residue)));
        for (int i = 0; i < values.length; i++) {
          wanted[i] += values[i] - residue[i];
        }
        if (round % 20 == 10) {
          int port = server.port();
          server.close();
          server = start(port, "4MiB");
        }
        if (round == 35) {
          split(cluster, "w");
        }
      }
      calls.forEach(CompletableFuture::join);
      assertArrayEquals(wanted, table.pull(keys).join().floats(), 0.05f);
    }
  }

  private static void split(Holdfast cluster, String table) {
    var control = ((RemoteCluster) cluster).control();
    var timeout = Duration.ofSeconds(20);
    var found =
        control.call(
            timeout,
            stub -> stub.describeTable(TableName.newBuilder().setJob("j").setTable(table).build()));
    long inTheMiddleOfTheKeys = 7L * 1_000 * 1_000;
    var unused =
        control.call(
            timeout,
            stub ->
                stub.splitRange(
                    SplitRangeRequest.newBuilder()
                        .setRange(found.getRanges(0).getId())
                        .setKey(inTheMiddleOfTheKeys)
                        .build()));
  }

  @Test
  void theResidueIsWhatTheServerDidNotGet() {
    long[] keys = {9, 4, 1L << 40, 5};
    float[] values = {1.1f, -2.3f, 1e-9f, 7.77f};
    try (var cluster = Holdfast.connect(server.address())) {
      var table = (RemoteTable) cluster.job("j").table("w", TableSpec.sparse().hashed().build());
      for (var format : NumberFormat.values()) {
        float[] residue = new float[values.length];
        float[] before = table.pull(keys).join().floats();
        var encoding = Encoding.PLAIN.withFormat(format).withCacheKeys(true);
        table.push(keys, values, new PushEncoding(encoding, 5, residue)).join();
        float[] after = table.pull(keys).join().floats();
        for (int i = 0; i < values.length; i++) {
          assertEquals(values[i], after[i] - before[i] + residue[i], 1e-5, format.toString());
        }
      }
    }
  }
}
