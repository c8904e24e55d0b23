package io.holdfast.it;

import static io.holdfast.it.ForeignClient.floats;
import static io.holdfast.it.ForeignClient.raw;
import static io.holdfast.it.ForeignClient.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.Status;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import io.holdfast.v1.ClientFrame;
import io.holdfast.v1.CreateTableRequest;
import io.holdfast.v1.Failure;
import io.holdfast.v1.Job;
import io.holdfast.v1.Join;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.Pull;
import io.holdfast.v1.Push;
import io.holdfast.v1.Range;
import io.holdfast.v1.Reply;
import io.holdfast.v1.Request;
import io.holdfast.v1.Save;
import io.holdfast.v1.StatusRequest;
import io.holdfast.v1.TableDefinition;
import io.holdfast.v1.Tick;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a wrong client puts on the wire. After each fault the range's log and rows are what they
 * were, and the seq that was refused is taken when it comes with a push that is right; all of that
 * holds after a restart too.
 */
@SuppressWarnings("NullAway.Init")
class WireFaultsTest {
  private static final int ROWS = 100;
  private static final int FRAME_BYTES = 1 << 20;

  @TempDir Path directory;
  private Server server;
  private ForeignClient client;
  private Job job;
  private Range range;
  private int incarnation;
  private ByteString before;
  private long lsnBefore;

  @BeforeEach
  void start() {
    server = Server.start(settings());
    client = ForeignClient.greeted(server.address(), 0);
    job = client.control().openJob(OpenJobRequest.newBuilder().setName("wire").build());
    range = table("w", TableDefinition.newBuilder().setRows(ROWS).setWidth(2));
    incarnation = client.join(job.getHome(), 0).getJoined().getIncarnation();
    client.join(range, incarnation);
    assertTaken(client.push(range, good(1)));
    before = client.rows(range, ROWS);
    lsnBefore = lastLsn();
  }

  private ServerSettings settings() {
    return ServerSettings.of(
        Map.ofEntries(
            Map.entry("data", directory.resolve("node")),
            Map.entry("port", 0),
            Map.entry("shards", 1),
            Map.entry("log", "FILE"),
            Map.entry("log-segment", "4MiB"),
            Map.entry("cache", "16MiB"),
            Map.entry("disk-low", 0),
            Map.entry("disk-high", 0),
            Map.entry("limits.frame", FRAME_BYTES),
            Map.entry("limits.keys", 1_000),
            Map.entry("limits.state", 1_000)));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
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

  private Push.Builder good(long seq) {
    return push(seq).setKeyCount(1).setFirstKey(7).setValues(floats(1, 2));
  }

  private Push.Builder push(long seq) {
    return Push.newBuilder().setIncarnation(incarnation).setSeq(seq);
  }

  private long lastLsn() {
    return client.control().status(StatusRequest.getDefaultInstance()).getTablesList().stream()
        .flatMap(table -> table.getRangesList().stream())
        .filter(status -> status.getRange() == range.getId())
        .findFirst()
        .orElseThrow()
        .getLastLsn();
  }

  private static void assertTaken(Reply reply) {
    assertTrue(reply.hasPushed(), reply::toString);
    assertFalse(reply.getPushed().getDuplicate());
  }

  private static void assertFailure(String code, Failure failure, String what) {
    assertEquals(code, failure.getInfo().getReason(), what + ": " + failure);
    assertEquals("holdfast", failure.getInfo().getDomain());
    assertTrue(failure.getInfo().containsMetadata("retry"), failure::toString);
    assertFalse(failure.getMessage().isBlank());
  }

  /** Refused, with that code, by a stream that goes on. */
  private void assertRefused(String code, Request.Builder request) {
    String what = request.toString();
    assertFailure(code, client.ask(request).getFailure(), what);
    assertEquals(before, client.rows(range, ROWS), what);
    assertEquals(lsnBefore, lastLsn(), what);
  }

  /** The stream is ended, with that code; another client finds everything as it was. */
  private void assertEnded(String code, ForeignClient wrong) {
    assertFailure(code, wrong.frame().getFailure(), "the last frame");
    assertEquals(Status.Code.OK, wrong.end().getCode());
    assertUnharmed();
  }

  private void assertUnharmed() {
    assertEquals(before, client.rows(range, ROWS));
    assertEquals(lsnBefore, lastLsn());
  }

  /** Seq 2 is free, and only the push that then takes it is in, also after a restart. */
  private void assertSeqIsFreeAlsoAfterARestart() {
    client.close();
    server.close();
    server = Server.start(settings());
    client = ForeignClient.greeted(server.address(), 0);
    range = table("w", TableDefinition.newBuilder().setRows(ROWS).setWidth(2)); // in its new epoch
    assertEquals(1, client.join(range, incarnation).getJoined().getLastSeq());
    assertEquals(before, client.rows(range, ROWS));
    assertTaken(client.push(range, good(2)));
    assertEquals(floats(2, 4), client.rows(range, 8).substring(7 * 8));
  }

  @Test
  void pushesThatDoNotSuitTheirTableAreRefused() {
    var wrong = new LinkedHashMap<Push.Builder, String>();
    wrong.put(push(2).setKeyCount(1).setFirstKey(7).setValues(floats(1)), "WRONG_WIDTH");
    wrong.put(push(2).setKeyCount(1).setFirstKey(7).setValues(floats(1, 2, 3)), "WRONG_WIDTH");
    wrong.put(
        push(2).setKeyCount(2).setRawKeys(raw(8, 7)).setValues(floats(1, 2, 3, 4)),
        "KEYS_NOT_ASCENDING");
    wrong.put(
        push(2).setKeyCount(2).setRawKeys(raw(7, 7)).setValues(floats(1, 2, 3, 4)),
        "KEYS_NOT_ASCENDING");
    wrong.put(
        push(2).setKeyCount(2).setDeltaKeys(bytes(7, 0)).setValues(floats(1, 2, 3, 4)),
        "KEYS_NOT_ASCENDING");
    wrong.put(
        push(2).setKeyCount(2).setDeltaKeys(bytes(7, 0x80)).setValues(floats(1, 2, 3, 4)),
        "MALFORMED_FRAME");
    wrong.put(push(2).setKeyCount(1).setFirstKey(ROWS).setValues(floats(1, 2)), "KEY_OUT_OF_RANGE");
    wrong.put(
        push(2).setKeyCount(2).setFirstKey(ROWS - 1).setValues(floats(1, 2, 3, 4)),
        "KEY_OUT_OF_RANGE");
    wrong.put(push(2).setKeyCount(1).setFirstKey(-1).setValues(floats(1, 2)), "KEY_OUT_OF_RANGE");
    wrong.put(
        push(2).setKeyCount(1).setFirstKey(7).setValues(floats(1, Float.NaN)), "NOT_A_NUMBER");
    wrong.put(
        push(2).setKeyCount(1).setFirstKey(7).setValues(floats(Float.NEGATIVE_INFINITY, 1)),
        "NOT_A_NUMBER");
    wrong.put(
        push(2).setKeyCount(1_001).setFirstKey(0).setValues(ByteString.copyFrom(new byte[8_008])),
        "LIMIT_EXCEEDED");
    wrong.put(
        push(2).setKeyCount(Integer.MAX_VALUE).setFirstKey(0).setValues(floats(1)),
        "WRONG_WIDTH LIMIT_EXCEEDED");
    wrong.forEach(
        (push, code) -> {
          var reply = client.push(range, push);
          String reason = reply.getFailure().getInfo().getReason();
          assertTrue(
              !reason.isEmpty() && code.contains(reason),
              () -> code + " wanted for " + push + ", came " + reply);
          assertRefused(reason, to(range).setPush(push));
        });
    assertSeqIsFreeAlsoAfterARestart();
  }

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  @Test
  void whoIsNotNextOrNotKnownIsRefused() {
    assertRefused("SEQ_GAP", to(range).setPush(good(3)));
    assertRefused(
        "SEQ_GAP",
        to(range).setTick(Tick.newBuilder().setIncarnation(incarnation).setSeq(4).setClock(1)));
    assertRefused("NOT_JOINED", to(range).setPush(good(2).setIncarnation(incarnation + 1)));
    assertRefused("STALE_EPOCH", to(range).setEpoch(range.getEpoch() - 1).setPush(good(2)));
    assertRefused("NOT_READY", to(range).setEpoch(range.getEpoch() + 1).setPush(good(2)));
    assertRefused(
        "UNKNOWN_RANGE", Request.newBuilder().setRange(4_711).setEpoch(1).setPush(good(2)));
    assertRefused("INVALID_ARGUMENT", to(job.getHome()).setPush(good(2)));
    assertRefused("INVALID_ARGUMENT", to(range).setJoin(Join.newBuilder().setGroupSize(1)));
    assertRefused(
        "LIMIT_EXCEEDED",
        to(job.getHome())
            .setSave(
                Save.newBuilder()
                    .setIncarnation(incarnation)
                    .setClock(1)
                    .setState(ByteString.copyFrom(new byte[1_001]))));
    assertRefused(
        "LIMIT_EXCEEDED", to(range).setPull(Pull.newBuilder().setKeyCount(1_001).setFirstKey(0)));
    assertRefused(
        "KEY_OUT_OF_RANGE",
        to(range).setPull(Pull.newBuilder().setKeyCount(2).setFirstKey(ROWS - 1)));
    assertRefused(
        "KEYS_NOT_ASCENDING",
        to(range).setPull(Pull.newBuilder().setKeyCount(2).setRawKeys(raw(2, 1))));
    try (var stranger = ForeignClient.greeted(server.address(), 5)) {
      assertFailure("NOT_JOINED", stranger.push(range, good(1)).getFailure(), "another rank");
    }
    assertSeqIsFreeAlsoAfterARestart();
  }

  @Test
  void aStaleIncarnationIsFencedAlsoAfterARestart() {
    int newer = client.join(job.getHome(), 0).getJoined().getIncarnation();
    client.join(range, newer);
    lsnBefore = lastLsn();
    assertRefused("STALE_INCARNATION", to(range).setPush(good(2)));
    assertRefused(
        "STALE_INCARNATION",
        to(range).setTick(Tick.newBuilder().setIncarnation(incarnation).setSeq(2).setClock(1)));
    assertRefused(
        "STALE_INCARNATION",
        to(range).setJoin(Join.newBuilder().setIncarnation(incarnation).setGroupSize(1)));
    int stale = incarnation;
    incarnation = newer;
    assertSeqIsFreeAlsoAfterARestart();
    incarnation = stale;
    assertFailure(
        "STALE_INCARNATION", client.push(range, good(3)).getFailure(), "after the restart");
  }

  @Test
  void eachPolicyForNumbersThatAreNoneIsKept() {
    Map<TableDefinition.NanPolicy, ByteString> wanted =
        Map.of(
            TableDefinition.NanPolicy.ZERO, floats(0, 0, 3, 4),
            TableDefinition.NanPolicy.ALLOW, floats(Float.NaN, Float.POSITIVE_INFINITY, 3, 4));
    wanted.forEach(
        (policy, rows) -> {
          var other = table(policy);
          client.join(other, incarnation);
          var values = floats(Float.NaN, Float.POSITIVE_INFINITY, 3, 4);
          assertTaken(client.push(other, push(1).setKeyCount(2).setFirstKey(0).setValues(values)));
          assertEquals(rows, client.rows(other, 2), policy::name);
        });
    assertRefused(
        "NOT_A_NUMBER",
        to(range).setPush(push(2).setKeyCount(1).setFirstKey(7).setValues(floats(1, Float.NaN))));
    assertSeqIsFreeAlsoAfterARestart();
    wanted.forEach(
        (policy, rows) -> assertEquals(rows, client.rows(table(policy), 2), policy::name));
  }

  private Range table(TableDefinition.NanPolicy policy) {
    return table(
        policy.name(), TableDefinition.newBuilder().setRows(2).setWidth(2).setNanPolicy(policy));
  }

  @Test
  void aClientOfAnotherProtocolVersionIsTurnedAwayWithTheReason() {
    for (int protocol : new int[] {0, 2, -1}) {
      try (var other = new ForeignClient(server.address())) {
        other.send(ClientFrame.newBuilder().setHello(ForeignClient.hello(protocol, 0)).build());
        assertEnded("UNSUPPORTED_PROTOCOL", other);
      }
    }
    assertSeqIsFreeAlsoAfterARestart();
  }

  @Test
  void aStreamThatDoesNotKeepToTheOrderOfFramesIsEnded() {
    try (var rude = new ForeignClient(server.address())) {
      rude.send(ClientFrame.newBuilder().addRequests(to(range).setPush(good(2))).build());
      assertEnded("MALFORMED_FRAME", rude);
    }
    try (var empty = new ForeignClient(server.address())) {
      empty.send(ClientFrame.getDefaultInstance());
      assertEnded("MALFORMED_FRAME", empty);
    }
    try (var twice = ForeignClient.greeted(server.address(), 0)) {
      twice.send(ClientFrame.newBuilder().setHello(ForeignClient.hello(1, 0)).build());
      assertEnded("MALFORMED_FRAME", twice);
    }
    try (var nothing = ForeignClient.greeted(server.address(), 0)) {
      nothing.send(ClientFrame.newBuilder().addRequests(to(range).setCall(1)).build());
      assertEnded("MALFORMED_FRAME", nothing);
    }
    assertSeqIsFreeAlsoAfterARestart();
  }

  @Test
  void keysThatTheirBytesCannotHoldEndTheStreamAndTakeNoMemory() {
    Push.Builder[] wrong = {
      push(2).setKeyCount(Integer.MAX_VALUE).setDeltaKeys(bytes(1)).setValues(floats(1, 2)),
      push(2).setKeyCount(-1).setFirstKey(0).setValues(floats(1, 2)),
      push(2).setKeyCount(1).setValues(floats(1, 2)),
      push(2).setKeyCount(1).setFirstKey(1).setRawKeys(raw(1)).setValues(floats(1, 2)),
      push(2).setKeyCount(2).setRawKeys(raw(1)).setValues(floats(1, 2)),
      push(2).setKeyCount(2).setFirstKey(-1).setValues(floats(1, 2, 3, 4)),
    };
    for (var push : wrong) {
      try (var liar = ForeignClient.greeted(server.address(), 0)) {
        liar.send(ClientFrame.newBuilder().addRequests(to(range).setCall(1).setPush(push)).build());
        assertEnded("MALFORMED_FRAME", liar);
      }
    }
    assertSeqIsFreeAlsoAfterARestart();
  }

  @Test
  void anythingButProtobufInAFrameEndsItsStreamOnly() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var sound =
        ClientFrame.newBuilder()
            .addRequests(to(range).setCall(1).setPush(good(9)))
            .build()
            .toByteArray();
    for (int i = 0; i < 60; i++) {
      byte[] bytes = sound.clone();
      if (i % 2 == 0) {
        bytes = new byte[1 + random.nextInt(200)];
        random.nextBytes(bytes);
      } else {
        // Of the lengths and tags at the front; a changed number further on may be a sound request.
        bytes[random.nextInt(4)] ^= (byte) (1 << random.nextInt(8));
      }
      try (var garbler = GarbledStream.open(server.address(), bytes)) {
        garbler.awaitEnd("seed " + seed + " frame " + i);
      }
    }
    assertUnharmed();
    assertSeqIsFreeAlsoAfterARestart();
  }

  @Test
  void aFrameOverTheLimitEndsItsStreamWithTheReason() {
    try (var heavy = ForeignClient.greeted(server.address(), 0)) {
      heavy.send(frameWithValues(FRAME_BYTES));
      assertEnded("LIMIT_EXCEEDED", heavy);
    }
    try (var absurd = ForeignClient.greeted(server.address(), 0)) {
      absurd.send(frameWithValues(8 * FRAME_BYTES));
      assertFalse(absurd.end().isOk(), "the transport takes no such frame into memory");
    }
    assertUnharmed();
    assertSeqIsFreeAlsoAfterARestart();
  }

  private ClientFrame frameWithValues(int bytes) {
    var values = ByteString.copyFrom(new byte[bytes]);
    return ClientFrame.newBuilder()
        .addRequests(
            to(range).setCall(1).setPush(push(2).setKeyCount(1).setFirstKey(1).setValues(values)))
        .build();
  }

  @Test
  void aFieldThatANewerClientSendsIsPassedOver() {
    var unknown =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(5).addFixed32(6).build())
            .build();
    assertTaken(client.push(range, good(2).setUnknownFields(unknown)));
  }

  @Test
  void garbageOnThePortHarmsNobody() throws IOException {
    long seed = new Random().nextLong();
    byte[] noise = new byte[4_096];
    new Random(seed).nextBytes(noise);
    byte[] tls = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 42, 42, 42};
    byte[][] garbage = {
      noise,
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
      tls,
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
      {},
    };
    for (byte[] bytes : garbage) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        assertUnharmed();
      }
    }
    try (var other = ForeignClient.greeted(server.address(), 0)) {
      assertEquals(before, other.rows(range, ROWS), "seed " + seed);
    }
    assertSeqIsFreeAlsoAfterARestart();
  }
}
