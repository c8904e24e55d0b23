package io.holdfast.replication.peer;

import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.shard.FrameLease;
import io.holdfast.replication.shard.PeerEvents;
import io.holdfast.replication.shard.Peers.CopyPart;
import io.holdfast.store.log.RecordHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** In place of a node's shards: writes down what comes, and may keep the frames. */
final class Shards implements PeerEvents {
  /** What came, in words for connections. */
  sealed interface Event {
    record Connection(String what) implements Event {}

    record Message(int from, int range, ChainMessage message) implements Event {}

    record Forwarded(int from, int epoch, RecordHeader header, ByteBuffer payload)
        implements Event {}

    record Copy(int from, int range, int epoch, CopyPart part, ByteBuffer body) implements Event {}
  }

  final List<Event> events = new CopyOnWriteArrayList<>();
  final ConcurrentLinkedQueue<FrameLease> kept = new ConcurrentLinkedQueue<>();
  final AtomicInteger readies = new AtomicInteger();
  final AtomicInteger records = new AtomicInteger();
  volatile boolean keeps;

  List<String> connections() {
    return events.stream()
        .filter(Event.Connection.class::isInstance)
        .map(event -> ((Event.Connection) event).what())
        .toList();
  }

  void letGo() {
    keeps = false;
    for (var lease = kept.poll(); lease != null; lease = kept.poll()) {
      lease.done();
    }
  }

  @Override
  public void connected(int node) {
    events.add(new Event.Connection("connected " + node));
  }

  @Override
  public void disconnected(int node) {
    events.add(new Event.Connection("disconnected " + node));
  }

  @Override
  public void ready(int node) {
    readies.incrementAndGet();
  }

  @Override
  public void received(int from, int range, ChainMessage message) {
    events.add(new Event.Message(from, range, message));
  }

  @Override
  public void record(
      int from, int range, int epoch, RecordHeader header, FrameLease lease, int at, int length) {
    records.incrementAndGet();
    if (keeps) {
      kept.add(lease);
      return;
    }
    events.add(new Event.Forwarded(from, epoch, header, bytes(lease, at, length)));
    lease.done();
  }

  @Override
  public void copy(
      int from, int range, int epoch, CopyPart part, FrameLease lease, int at, int length) {
    events.add(new Event.Copy(from, range, epoch, part, bytes(lease, at, length)));
    lease.done();
  }

  private static ByteBuffer bytes(FrameLease lease, int at, int length) {
    return ByteBuffer.wrap(lease.frame().bytes(at, length));
  }
}
