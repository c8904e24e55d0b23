package io.holdfast.replication.peer;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.chain.ChainMessage.Ack;
import io.holdfast.replication.chain.ChainMessage.Attach;
import io.holdfast.replication.chain.ChainMessage.Attached;
import io.holdfast.replication.chain.ChainMessage.Boundary;
import io.holdfast.replication.chain.ChainMessage.Fenced;
import io.holdfast.replication.chain.ChainMessage.Progress;
import io.holdfast.replication.chain.ChainMessage.Ready;
import io.holdfast.replication.shard.Peers.CopyPart;
import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.RecordHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerNetworkTest {
  private static final PeerSettings SETTINGS = PeerSettings.defaults().withMaxFrameBytes(4 << 20);

  private static final List<CopyPart> PARTS = List.of(CopyPart.values());

  private final List<AutoCloseable> open = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(42);

  @AfterEach
  void closeAll() throws Exception {
    for (var each : open.reversed()) {
      each.close();
    }
  }

  private TestNode node(int id, int incarnation, int port, PeerSettings settings) {
    var node = new TestNode("test", id, incarnation, port, settings);
    open.add(node);
    return node;
  }

  private TestNode node(int id) {
    return node(id, 1, 0, SETTINGS);
  }

  private static void connect(TestNode... nodes) {
    for (var each : nodes) {
      each.network.setPeers(peers(nodes));
    }
    for (var each : nodes) {
      for (var other : nodes) {
        await()
            .until(
                () ->
                    each == other
                        || (each.network.isConnected(other.identity.node())
                            && each.network.isReady(other.identity.node())));
      }
    }
  }

  private static Map<Integer, PeerNode> peers(TestNode... nodes) {
    var peers = new java.util.HashMap<Integer, PeerNode>();
    for (var each : nodes) {
      peers.put(each.identity.node(), each.asPeer());
    }
    return peers;
  }

  private LogRecord record(int range, long lsn, int bytes) {
    var payload = ByteBuffer.allocateDirect(bytes);
    while (payload.hasRemaining()) {
      payload.put((byte) random.nextInt());
    }
    var header =
        new RecordHeader(
            (byte) random.nextInt(1, 128),
            (byte) random.nextInt(),
            range,
            random.nextInt(),
            lsn,
            random.nextInt(),
            random.nextInt(),
            random.nextLong(),
            random.nextInt());
    return new LogRecord(header, lsn, payload.flip().asReadOnlyBuffer());
  }

  private ChainMessage message() {
    int epoch = random.nextInt();
    return switch (random.nextInt(6)) {
      case 0 -> new Ready(epoch);
      case 1 ->
          new Attach(
              epoch,
              random.nextLong(),
              random.nextLong(),
              IntStream.range(0, random.nextInt(5))
                  .mapToObj(i -> new Boundary(random.nextInt(), random.nextLong()))
                  .toList());
      case 2 -> new Attached(epoch, random.nextLong());
      case 3 -> new Progress(epoch, random.nextLong(), random.nextLong(), random.nextBoolean());
      case 4 -> new Ack(epoch, random.nextLong(), random.nextLong(), random.nextBoolean());
      default -> new Fenced(epoch);
    };
  }

  private static List<Shards.Event> arrived(TestNode at, int count) {
    await().until(() -> at.shards.events.size() >= count);
    return at.shards.events;
  }

  @Test
  void everyMessageArrivesAsItWasInBothDirectionsAndInOrder() {
    var a = node(1);
    var b = node(2);
    connect(a, b);
    for (var pair : List.of(List.of(a, b), List.of(b, a))) {
      var from = pair.get(0);
      var to = pair.get(1);
      int sender = from.identity.node();
      var expected = new ArrayList<Shards.Event>(to.shards.events);
      for (int i = 0; i < 300; i++) {
        int range = random.nextInt();
        if (i % 3 == 0) {
          var record = record(range, random.nextLong(), i % 2 == 0 ? random.nextInt(200_000) : 0);
          int epoch = random.nextInt();
          from.network.forward(to.identity.node(), range, epoch, record);
          assertEquals(0, record.payload().position());
          expected.add(
              new Shards.Event.Forwarded(sender, epoch, record.header(), record.payload()));
        } else if (i % 3 == 1) {
          var part = PARTS.get(random.nextInt(PARTS.size()));
          int epoch = random.nextInt();
          var body = record(1, 1, part == CopyPart.BEGIN ? 0 : random.nextInt(1000)).payload();
          from.network.copy(to.identity.node(), range, epoch, part, body);
          expected.add(new Shards.Event.Copy(sender, range, epoch, part, body));
        } else {
          var message = message();
          from.network.send(to.identity.node(), range, message);
          expected.add(new Shards.Event.Message(sender, range, message));
        }
      }
      assertEquals(expected, arrived(to, expected.size()));
    }
  }

  @Test
  void threeNodesHaveOneStreamForEachPair() {
    var nodes = new TestNode[] {node(1), node(2), node(3)};
    connect(nodes);
    nodes[2].network.send(2, 7, new Ready(3));
    nodes[0].network.send(2, 8, new Ready(4));
    await()
        .until(
            () ->
                nodes[1].shards.events.containsAll(
                    List.of(
                        new Shards.Event.Message(3, 7, new Ready(3)),
                        new Shards.Event.Message(1, 8, new Ready(4)))));
    for (var node : nodes) {
      assertEquals(2, node.shards.connections().size(), () -> "" + node.shards.connections());
    }
  }

  @Test
  void eachSendersFramesStayInOrderWhenManySendAtOnce() throws InterruptedException {
    var a = node(1);
    var b = node(2);
    connect(a, b);
    int threads = 4;
    int each = 3_000;
    var senders =
        IntStream.range(0, threads)
            .mapToObj(
                range ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              var record = new PeerNetworkTest().record(range, 1, 100);
                              for (int i = 1; i <= each; i++) {
                                if (i % 10 == 0) {
                                  a.network.forward(2, range, i, record);
                                } else {
                                  a.network.send(2, range, new Attached(1, i));
                                }
                              }
                            }))
            .toList();
    for (var sender : senders) {
      sender.join();
    }
    var got = new long[threads];
    for (var event : arrived(b, 1 + threads * each)) {
      if (event instanceof Shards.Event.Message message) {
        int range = message.range();
        assertEquals(new Attached(1, got[range] + 1), message.message());
        got[range]++;
      } else if (event instanceof Shards.Event.Forwarded record) {
        assertEquals(++got[record.header().range()], record.epoch());
      }
    }
    assertEquals(List.of((long) each, (long) each, (long) each, (long) each), longs(got));
  }

  private static List<Long> longs(long[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  @Test
  void whoDoesNotLetGoOfFramesStopsTheSenderAtABound() {
    var settings = SETTINGS.withBuffers(1 << 20, 2 << 20);
    var a = node(1, 1, 0, settings);
    var b = node(2, 1, 0, settings);
    connect(a, b);
    for (var pair : List.of(List.of(a, b), List.of(b, a))) {
      var from = pair.get(0);
      var to = pair.get(1);
      int target = to.identity.node();
      to.shards.keeps = true;
      int before = to.shards.records.get();
      int sent = 0;
      var record = record(1, 1, 100_000);
      // What is unread, what is on its way (two windows at most), and what waits to be sent.
      int bound = (2 + 2 * 16 + 1 + 1) << 20;
      long quietSince = System.nanoTime();
      while (System.nanoTime() - quietSince < Duration.ofMillis(500).toNanos()) {
        if (from.network.isReady(target)) {
          from.network.forward(target, 1, 1, record);
          sent++;
          quietSince = System.nanoTime();
          assertTrue(sent * 100_000L < bound, "sent without end");
        } else {
          Thread.onSpinWait();
        }
      }
      int unread = to.shards.records.get() - before;
      assertTrue(unread * 100_000 <= (2 << 20) + 200_000, unread + " frames were handed over");
      assertTrue(sent > unread, "nothing waited");
      int readies = from.shards.readies.get();
      to.shards.letGo();
      int all = before + sent;
      await().until(() -> to.shards.records.get() == all);
      await().until(() -> from.shards.readies.get() > readies && from.network.isReady(target));
      assertTrue(from.network.isConnected(target), "taken for dead while it was only slow");
    }
    assertEquals(List.of("connected 2"), a.shards.connections());
  }

  @Test
  void aNodeThatIsSlowIsNotTakenForDead() {
    var settings =
        SETTINGS
            .withBuffers(100_000, 100_000)
            .withHeartbeat(Duration.ofMillis(20), Duration.ofMillis(200));
    var a = node(1, 1, 0, settings);
    var b = node(2, 1, 0, settings);
    connect(a, b);
    b.shards.keeps = true;
    var record = record(1, 1, 1 << 20);
    await()
        .until(
            () -> {
              if (a.network.isReady(2)) {
                a.network.forward(2, 1, 1, record);
              }
              return b.shards.records.get() == 1 && !a.network.isReady(2);
            });
    await()
        .during(Duration.ofMillis(600))
        .until(() -> a.network.isConnected(2) && b.network.isConnected(1));
    b.shards.letGo();
    await().until(() -> a.network.isReady(2));
    assertEquals(List.of("connected 1"), b.shards.connections());
  }

  @Test
  void copiesGoNoFasterThanTheyMay() {
    int perSecond = 4 << 20;
    var a = node(1, 1, 0, SETTINGS.withCopyBytesPerSecond(perSecond));
    var b = node(2);
    connect(a, b);
    var piece = record(1, 1, 256 << 10).payload();
    long start = System.nanoTime();
    int sent = 0;
    while (sent < 3 << 20) {
      if (a.network.isReadyForCopy(2)) {
        a.network.copy(2, 1, 1, CopyPart.ROWS, piece);
        sent += piece.remaining();
      } else {
        int readies = a.shards.readies.get();
        await()
            .pollInterval(Duration.ofMillis(1))
            .until(() -> a.shards.readies.get() > readies || a.network.isReadyForCopy(2));
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double least = (sent - perSecond / 8.0 - 2 * piece.remaining()) / perSecond;
    assertTrue(seconds >= least, sent + " bytes in " + seconds + " s");
    assertTrue(a.network.isReady(2), "the rest of the stream is not throttled");
  }

  @Test
  void aConnectionThatBreaksIsMadeAnewAndAGoneProcessIsReported() {
    var a = node(1);
    var b = node(2, 5, 0, SETTINGS);
    connect(a, b);
    b.stopServer();
    await().until(() -> a.gone.contains("2/5"));
    await().until(() -> !b.network.isConnected(1));
    b.network.close();
    var again = node(2, 6, b.port(), SETTINGS);
    a.network.setPeers(peers(a, again));
    await().until(() -> a.network.isReady(2));
    a.network.send(2, 1, new Ready(9));
    await().until(() -> again.shards.events.contains(new Shards.Event.Message(1, 1, new Ready(9))));
    assertEquals(List.of("connected 2", "disconnected 2", "connected 2"), a.shards.connections());
    assertEquals(List.of("connected 1", "disconnected 1"), b.shards.connections());
  }

  @Test
  void theSideThatDoesNotDialSeesAGoneProcessToo() {
    var a = node(1, 3, 0, SETTINGS);
    var b = node(2);
    connect(a, b);
    a.close();
    await().until(() -> b.gone.contains("1/3"));
    assertEquals(List.of("connected 1", "disconnected 1"), b.shards.connections());
  }

  @Test
  void aNodeThatWasStartedAgainTakesThePlaceOfItsOlderSelf() {
    var b = node(2);
    var old = node(1, 1, 0, SETTINGS);
    connect(old, b);
    var young = node(1, 2, 0, SETTINGS);
    young.network.setPeers(peers(young, b));
    await().until(() -> young.network.isReady(2));
    assertEquals(List.of("connected 1", "disconnected 1", "connected 1"), b.shards.connections());
    // The old one tries to come back, and must not.
    await().until(() -> !old.network.isConnected(2));
    old.network.send(2, 1, new Ready(1));
    young.network.send(2, 1, new Ready(2));
    await()
        .during(Duration.ofMillis(300))
        .until(() -> young.network.isConnected(2) && !old.network.isConnected(2));
    assertEquals(new Shards.Event.Message(1, 1, new Ready(2)), b.shards.events.getLast());
    assertEquals(4, b.shards.events.size(), () -> "" + b.shards.events);
  }

  @Test
  void nothingOfAnOlderConnectionComesAfterItsEnd() throws Exception {
    for (int round = 0; round < 10; round++) {
      var b = node(2);
      var a = node(1);
      connect(a, b);
      var sender =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 2_000; i++) {
                      a.network.send(2, 1, new Attached(1, i));
                    }
                  });
      b.network.setPeers(peers(b));
      sender.join();
      await().until(() -> b.shards.connections().contains("disconnected 1"));
      boolean isConnected = false;
      for (var event : b.shards.events) {
        if (event instanceof Shards.Event.Connection connection) {
          isConnected = connection.what().startsWith("connected");
        } else {
          assertTrue(isConnected, () -> event + " came outside of a connection");
        }
      }
      a.close();
      b.close();
    }
  }

  @Test
  void aNodeOfAnotherClusterIsRefused() {
    var a = node(1);
    var b = new TestNode("other", 2, 1, 0, SETTINGS);
    open.add(b);
    a.network.setPeers(peers(a, b));
    b.network.setPeers(peers(a, b));
    await()
        .during(Duration.ofMillis(300))
        .until(() -> !a.network.isConnected(2) && !b.network.isConnected(1));
    assertEquals(List.of(), a.shards.events);
    assertEquals(List.of(), b.shards.events);
    assertEquals(List.of(), a.gone);
  }

  @Test
  void aNodeThatIsNotWhoItShouldBeIsRefused() {
    var a = node(1);
    var b = node(2);
    a.network.setPeers(Map.of(3, b.asPeer()));
    await()
        .during(Duration.ofMillis(300))
        .until(() -> !a.network.isConnected(3) && !a.network.isConnected(2));
    assertEquals(List.of(), a.shards.events);
  }

  @Test
  void aPortWhereNobodyListensIsReportedAndASilentOneIsNot() throws IOException {
    var a = node(1);
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var first = new Socket(InetAddress.getLoopbackAddress(), silent.getLocalPort())) {
      assertTrue(first.isConnected());
      a.network.setPeers(
          Map.of(
              2,
              new PeerNode("127.0.0.1:" + port, 8),
              3,
              new PeerNode("127.0.0.1:" + silent.getLocalPort(), 9)));
      await().until(() -> a.gone.contains("2/8"));
      assertFalse(a.gone.contains("3/9"));
      assertFalse(a.network.isReady(2));
      a.network.send(2, 1, new Ready(1));
    }
  }

  @Test
  void aConnectionOverWhichNothingComesIsGivenUp() throws IOException {
    var settings = SETTINGS.withHeartbeat(Duration.ofMillis(20), Duration.ofMillis(150));
    var b = node(2, 1, 0, settings);
    try (var proxy = new SilentProxy(b.port())) {
      var a = node(1, 1, 0, settings);
      a.network.setPeers(Map.of(2, new PeerNode("127.0.0.1:" + proxy.port(), 1)));
      await().until(() -> a.network.isReady(2) && b.network.isConnected(1));
      proxy.swallow();
      await().until(() -> a.shards.connections().contains("disconnected 2"));
      await().until(() -> b.shards.connections().contains("disconnected 1"));
    }
  }

  @Test
  void aNewAttemptTakesANewConnection() throws IOException {
    var settings = SETTINGS.withHeartbeat(Duration.ofMillis(20), Duration.ofMillis(150));
    var b = node(2, 1, 0, settings);
    try (var proxy = new SilentProxy(b.port())) {
      var a = node(1, 1, 0, settings);
      a.network.setPeers(Map.of(2, new PeerNode("127.0.0.1:" + proxy.port(), 1)));
      await().until(() -> a.network.isReady(2) && b.network.isConnected(1));
      proxy.swallow();
      await().until(() -> !a.network.isConnected(2) && !b.network.isConnected(1));
      // The transport would go on for minutes to send again what was lost on the old connection.
      proxy.mend();
      await().until(() -> a.network.isReady(2) && b.network.isConnected(1));
    }
  }

  @Test
  void aFrameOverTheLimitIsRefusedOnBothSides() {
    var a = node(1, 1, 0, SETTINGS);
    var b = node(2, 1, 0, SETTINGS.withMaxFrameBytes(3 << 20));
    connect(a, b);
    assertThrows(HoldfastException.class, () -> a.network.forward(2, 1, 1, record(1, 1, 4 << 20)));
    a.network.forward(2, 1, 1, record(1, 1, (4 << 20) - 2_000));
    await().until(() -> a.shards.connections().contains("disconnected 2"));
    assertEquals(0, b.shards.records.get());
    await().until(() -> a.network.isReady(2));
  }

  @Test
  void garbageEndsTheStreamAndNothingElse() {
    var a = node(1);
    var b = node(2);
    connect(a, b);
    for (int round = 0; round < 20; round++) {
      try (var stranger = new Stranger(b.port())) {
        stranger.send(randomBytes(random.nextInt(1, 2_000)), randomBytes(500));
        stranger.send(randomBytes(round));
        await().until(stranger::isClosed);
      }
    }
    assertTrue(b.network.isConnected(1));
    assertEquals(List.of("connected 1"), b.shards.connections());
    assertEquals(1, b.shards.events.size());
  }

  private byte[] randomBytes(int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
