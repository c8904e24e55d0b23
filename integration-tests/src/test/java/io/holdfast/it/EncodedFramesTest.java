package io.holdfast.it;

import static io.holdfast.it.ForeignClient.floats;
import static io.holdfast.it.ForeignClient.raw;
import static io.holdfast.it.ForeignClient.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.ByteString;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.v1.Compression;
import io.holdfast.v1.CreateTableRequest;
import io.holdfast.v1.NumberFormat;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.Pull;
import io.holdfast.v1.Pulled;
import io.holdfast.v1.Push;
import io.holdfast.v1.Range;
import io.holdfast.v1.StatusRequest;
import io.holdfast.v1.TableDefinition;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoded keys and values as a client of another language writes and reads them, byte by byte. */
@SuppressWarnings("NullAway.Init")
class EncodedFramesTest {
  private static final int ROWS = 100;

  @TempDir Path directory;
  private Server server;
  private ForeignClient client;
  private Range range;
  private Range counts;
  private int incarnation;

  @BeforeEach
  void start() {
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data", directory.resolve("node"),
                    "port", 0,
                    "shards", 1,
                    "log-segment", "4MiB",
                    "cache", "16MiB",
                    "disk-low", 0,
                    "disk-high", 0,
                    "limits.key-lists", 300)));
    client = ForeignClient.greeted(server.address(), 0);
    var job = client.control().openJob(OpenJobRequest.newBuilder().setName("wire").build());
    range = table("w", TableDefinition.newBuilder().setRows(ROWS).setWidth(2));
    counts =
        table(
            "c",
            TableDefinition.newBuilder()
                .setRows(ROWS)
                .setWidth(1)
                .setElement(TableDefinition.Element.INT64));
    incarnation = client.join(job.getHome(), 0).getJoined().getIncarnation();
    client.join(range, incarnation);
    client.join(counts, incarnation);
  }

  private Range table(String name, TableDefinition.Builder definition) {
    return client
        .control()
        .createTable(
            CreateTableRequest.newBuilder()
                .setJob("wire")
                .setTable(name)
                .setDefinition(definition.setRangeCount(1))
                .build())
        .getRanges(0);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private Push.Builder push(long seq, int keys) {
    return Push.newBuilder().setIncarnation(incarnation).setSeq(seq).setKeyCount(keys);
  }

  private static ByteString hex(String digits) {
    return ByteString.copyFrom(HexFormat.of().parseHex(digits.replace(" ", "")));
  }

  private static ByteString zstd(byte[] bytes) {
    return ByteString.copyFrom(Zstd.compress(bytes));
  }

  private Pulled pull(Pull.Builder pull) {
    var reply = client.ask(to(range).setPull(pull.setAnyClock(true)));
    assertTrue(reply.hasPulled(), reply::toString);
    return reply.getPulled();
  }

  private static Pull.Builder four() {
    return Pull.newBuilder().setKeyCount(4).setFirstKey(0);
  }

  private void assertTaken(Push.Builder push) {
    var reply = client.push(range, push);
    assertTrue(reply.hasPushed(), reply::toString);
  }

  @Test
  void theDocumentedBytesArePushedAndAnswered() {
    assertTaken(
        push(1, 2)
            .setFirstKey(0)
            .setNumberFormat(NumberFormat.BFLOAT16)
            .setValues(hex("803f 00c0 0040 4040"))); // 1, -2; 2, 3
    assertTaken(
        push(2, 4)
            .setFirstKey(0)
            .setRowMask(true)
            .setNumberFormat(NumberFormat.FLOAT16)
            .setValues(hex("09 003c 003c 0038 0034"))); // rows 0 and 3: 1, 1; 0.5, 0.25
    assertTaken(
        push(3, 2)
            .setFirstKey(0)
            .setNumberFormat(NumberFormat.INT8)
            .setValues(hex("0000 003f 02 fc 7f 81"))); // by 0.5: 1, -2; 63.5, -63.5
    byte[] plain = floats(0, 0, 0, 0, 0, 0, 0, 8).toByteArray();
    assertTaken(
        push(4, 4)
            .setFirstKey(0)
            .setCompression(Compression.ZSTD)
            .setPlainLength(plain.length)
            .setValues(zstd(plain)));
    // An LZ4 block: nine literals (token 0x90), no match.
    assertTaken(
        push(5, 2)
            .setFirstKey(2)
            .setRowMask(true)
            .setCompression(Compression.LZ4)
            .setPlainLength(9)
            .setValues(hex("90 01 0000 0000 0000 803f")));
    var wanted = floats(3, -3, 65.5f, -60.5f, 0, 1, 0.5f, 8.25f);
    assertEquals(wanted, client.rows(range, 4));

    var halves = pull(four().setNumberFormat(NumberFormat.BFLOAT16));
    assertEquals(NumberFormat.BFLOAT16, halves.getNumberFormat());
    assertEquals(hex("4040 40c0 8342 72c2 0000 803f 003f 0441"), halves.getValues());

    var masked = pull(Pull.newBuilder().setKeyCount(50).setFirstKey(0).setRowMask(true));
    assertTrue(masked.getRowMask());
    assertEquals(hex("0f 000000000000").concat(wanted), masked.getValues());

    var small =
        pull(Pull.newBuilder().setKeyCount(100).setFirstKey(0).setCompression(Compression.ZSTD));
    assertEquals(Compression.ZSTD, small.getCompression());
    assertEquals(800, small.getPlainLength());
    byte[] all = Zstd.decompress(small.getValues().toByteArray(), 800);
    assertEquals(client.rows(range, 100), ByteString.copyFrom(all));

    var bytes = pull(four().setNumberFormat(NumberFormat.INT8).setRoundingSeed(7)).getValues();
    assertEquals(12, bytes.size());
    float scale = bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getFloat();
    for (int i = 0; i < 8; i++) {
      assertEquals(
          wanted.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getFloat(4 * i),
          bytes.byteAt(4 + i) * scale,
          scale);
    }
    // What saves nothing is left out, and what is not asked for does not come.
    var plainly = pull(four().setRowMask(true).setCompression(Compression.LZ4));
    assertFalse(plainly.getRowMask());
    assertEquals(wanted, plainly.getValues());
    var status = client.control().status(StatusRequest.getDefaultInstance()).getShards(0);
    assertEquals(8 + 9 + 8 + zstd(plain).size() + 10, status.getPushedBytes());
    assertTrue(status.getPulledBytes() > 800 && status.getPulledBytes() < 1_500);
  }

  @Test
  void valuesThatMakeNoSenseAreRefusedAndChangeNothing() {
    var wrong = new LinkedHashMap<Push.Builder, String>();
    wrong.put(one().setNumberFormat(NumberFormat.BFLOAT16).setValues(floats(1, 2)), "WRONG_WIDTH");
    wrong.put(
        one().setNumberFormat(NumberFormat.INT8).setValues(hex("0000 003f 01")), "WRONG_WIDTH");
    wrong.put(
        one().setNumberFormat(NumberFormat.INT8).setValues(hex("0000 c07f 01 02")),
        "MALFORMED_FRAME");
    wrong.put(
        one().setNumberFormat(NumberFormat.INT8).setValues(hex("0000 003f 80 02")), "NOT_A_NUMBER");
    wrong.put(
        one().setNumberFormat(NumberFormat.FLOAT16).setValues(hex("007c 003c")), "NOT_A_NUMBER");
    wrong.put(one().setNumberFormatValue(9).setValues(floats(1, 2)), "INVALID_ARGUMENT");
    wrong.put(
        one().setCompressionValue(3).setPlainLength(8).setValues(floats(1, 2)), "INVALID_ARGUMENT");
    wrong.put(one().setRowMask(true).setValues(hex("02 00000000 00000000")), "MALFORMED_FRAME");
    wrong.put(one().setRowMask(true).setValues(hex("01 00000000")), "WRONG_WIDTH");
    wrong.put(one().setRowMask(true), "WRONG_WIDTH");
    for (var compression : new Compression[] {Compression.LZ4, Compression.ZSTD}) {
      wrong.put(
          one().setCompression(compression).setPlainLength(8).setValues(hex("c0c0c0c0")),
          "MALFORMED_FRAME");
    }
    // A bomb: 64 MiB of zeros in a few kilobytes, for one row, and for as many as a request may
    // name.
    var bomb = zstd(new byte[64 << 20]);
    assertTrue(bomb.size() < 10_000);
    wrong.put(
        one().setCompression(Compression.ZSTD).setPlainLength(64 << 20).setValues(bomb),
        "WRONG_WIDTH");
    wrong.put(
        one().setCompression(Compression.ZSTD).setPlainLength(8).setValues(bomb),
        "MALFORMED_FRAME");
    wrong.put(
        push(1, 8 << 20)
            .setFirstKey(0)
            .setCompression(Compression.ZSTD)
            .setPlainLength(64 << 20)
            .setValues(bomb),
        "LIMIT_EXCEEDED");
    wrong.forEach(
        (push, code) -> {
          var reply = client.push(range, push);
          assertEquals(
              code,
              reply.getFailure().getInfo().getReason(),
              () -> push.build().getUnknownFields() + " " + reply);
        });
    var counted =
        client.push(
            counts,
            push(1, 1).setFirstKey(0).setNumberFormat(NumberFormat.INT8).setValues(floats(1, 2)));
    assertEquals("INVALID_ARGUMENT", counted.getFailure().getInfo().getReason());
    var asked = client.ask(to(counts).setPull(four().setNumberFormat(NumberFormat.FLOAT16)));
    assertEquals("INVALID_ARGUMENT", asked.getFailure().getInfo().getReason());
    assertEquals(ByteString.copyFrom(new byte[8 * ROWS]), client.rows(range, ROWS));
    assertTaken(one().setValues(floats(1, 2))); // under the seq that all of those had
    assertEquals(floats(1, 2), client.rows(range, 1));
  }

  private Push.Builder one() {
    return push(1, 1).setFirstKey(0);
  }

  // As docs/wire-protocol.md says.
  private static long digest(long... keys) {
    long digest = keys.length * 0x9e3779b97f4a7c15L;
    for (long key : keys) {
      long z = digest ^ key;
      z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
      z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
      digest = z ^ (z >>> 31);
    }
    return digest;
  }

  private void assertFailure(String code, Push.Builder push) {
    var failure = client.push(range, push).getFailure();
    assertEquals(code, failure.getInfo().getReason(), failure::toString);
  }

  @Test
  void aListIsNamedByItsDigestUntilItIsForgotten() {
    long digest = digest(1, 3, 9);
    var three = floats(1, 1, 1, 1, 1, 1);
    assertFailure("KEYS_UNKNOWN", push(1, 3).setKeyDigest(digest).setValues(three));
    assertFailure(
        "MALFORMED_FRAME",
        push(1, 3).setRawKeys(raw(1, 3, 8)).setKeyDigest(digest).setValues(three));
    assertFailure("KEYS_UNKNOWN", push(1, 3).setKeyDigest(digest).setValues(three));
    // Kept although the push is refused.
    assertFailure(
        "SEQ_GAP", push(7, 3).setRawKeys(raw(1, 3, 9)).setKeyDigest(digest).setValues(three));
    assertTaken(push(1, 3).setKeyDigest(digest).setValues(three));
    assertFailure("KEYS_UNKNOWN", push(2, 2).setKeyDigest(digest).setValues(floats(1, 1, 1, 1)));
    var pulled = pull(Pull.newBuilder().setKeyCount(3).setKeyDigest(digest));
    assertEquals(three, pulled.getValues());
    // Of this stream and this range alone.
    var elsewhere =
        client.ask(to(counts).setPull(Pull.newBuilder().setKeyCount(3).setKeyDigest(digest)));
    assertEquals("KEYS_UNKNOWN", elsewhere.getFailure().getInfo().getReason());
    assertEquals("AFTER_DELAY", elsewhere.getFailure().getInfo().getMetadataOrThrow("retry"));
    try (var other = ForeignClient.greeted(server.address(), 0)) {
      var reply =
          other.ask(to(range).setPull(Pull.newBuilder().setKeyCount(3).setKeyDigest(digest)));
      assertEquals("KEYS_UNKNOWN", reply.getFailure().getInfo().getReason());
    }
    // The setting is 300 bytes: three lists of 24 bytes and 64 beside each.
    for (int i = 0; i < 3; i++) {
      long first = 20 + i;
      var raw = raw(first, first + 2, first + 5);
      pull(
          Pull.newBuilder()
              .setKeyCount(3)
              .setRawKeys(raw)
              .setKeyDigest(digest(first, first + 2, first + 5)));
    }
    assertFailure("KEYS_UNKNOWN", push(2, 3).setKeyDigest(digest).setValues(three));
    assertTaken(push(2, 3).setRawKeys(raw(1, 3, 9)).setKeyDigest(digest).setValues(three));
    assertTaken(push(3, 3).setKeyDigest(digest).setValues(three));
    var rows = ByteBuffer.wrap(client.rows(range, 10).toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    for (int key = 0; key < 10; key++) {
      assertEquals(key == 1 || key == 3 || key == 9 ? 3 : 0, rows.getFloat(8 * key));
    }
  }
}
