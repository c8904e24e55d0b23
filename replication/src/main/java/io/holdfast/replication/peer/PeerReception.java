package io.holdfast.replication.peer;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.shard.FrameLease;
import io.holdfast.v1.RangeMessage;
import io.holdfast.v1.ReplicaHello;
import io.holdfast.wire.Failures;
import io.holdfast.wire.ReplicaFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what comes over the streams: checks who it is, and hands frames to the shards. */
final class PeerReception implements PeerStream.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(PeerReception.class);

  private final PeerNetwork network;

  /** Why a node was refused last, so that it is logged once only. */
  private final Map<Integer, String> refusals = new ConcurrentHashMap<>();

  PeerReception(PeerNetwork network) {
    this.network = network;
  }

  @Override
  public boolean received(PeerStream stream, ReplicaFrames.Read read, FrameLease lease) {
    var head = read.head();
    if (head.hasFailure()) {
      var reason = Failures.fromProto(head.getFailure());
      refused(stream, reason);
      stream.end("the other side gave it up: " + reason.getMessage());
      return false;
    }
    if (stream.node() == 0) {
      if (!head.hasHello()) {
        throw PeerCodec.malformed("the first frame of a stream between nodes is no hello");
      }
      greet(stream, head.getHello());
      return false;
    }
    if (head.hasHello()) {
      throw PeerCodec.malformed("a second hello of node " + stream.node());
    }
    if (head.hasRecord()) {
      var record = head.getRecord();
      var header = PeerCodec.header(record);
      return deliver(
          stream,
          () ->
              network
                  .owner(record.getRange())
                  .record(
                      stream.node(),
                      record.getRange(),
                      record.getEpoch(),
                      header,
                      lease,
                      read.bodyAt(),
                      read.bodyLength()));
    }
    if (head.hasCopy()) {
      var piece = head.getCopy();
      var part = PeerCodec.fromProto(piece.getPart());
      return deliver(
          stream,
          () ->
              network
                  .owner(piece.getRange())
                  .copy(
                      stream.node(),
                      piece.getRange(),
                      piece.getEpoch(),
                      part,
                      lease,
                      read.bodyAt(),
                      read.bodyLength()));
    }
    deliver(stream, head.getMessagesList());
    return false;
  }

  private void deliver(PeerStream stream, List<RangeMessage> messages) {
    if (messages.isEmpty()) {
      return; // a heartbeat
    }
    var read = new ArrayList<ChainMessage>(messages.size());
    for (var message : messages) {
      read.add(PeerCodec.fromProto(message));
    }
    deliver(
        stream,
        () -> {
          for (int i = 0; i < read.size(); i++) {
            int range = messages.get(i).getRange();
            network.owner(range).received(stream.node(), range, read.get(i));
          }
        });
  }

  private boolean deliver(PeerStream stream, Runnable telling) {
    return network.link(stream.node()).deliver(stream, telling);
  }

  private void greet(PeerStream stream, ReplicaHello hello) {
    try {
      check(stream, hello);
    } catch (HoldfastException e) {
      refused(stream, e);
      throw e;
    }
    refusals.remove(stream.expected());
    if (stream.expected() == 0) {
      stream.send(network.hello());
    }
    stream.greeted(hello.getNode());
    network.link(hello.getNode()).connected(stream, hello.getIncarnation());
  }

  private void check(PeerStream stream, ReplicaHello hello) {
    var own = network.hello();
    String who = "node " + hello.getNode() + " at " + hello.getAddress();
    if (hello.getProtocol() != own.getProtocol()) {
      throw new HoldfastException(
          ErrorCode.UNSUPPORTED_PROTOCOL,
          who
              + " speaks protocol "
              + hello.getProtocol()
              + " between nodes, this one "
              + own.getProtocol()
              + ": run releases that go together");
    }
    if (!hello.getCluster().equals(own.getCluster())) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          who
              + " is of cluster '"
              + hello.getCluster()
              + "', node "
              + own.getNode()
              + " at "
              + own.getAddress()
              + " of '"
              + own.getCluster()
              + "': start each node with an address that no other cluster uses");
    }
    if (own.getNode() == 0) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE,
          "the node at " + own.getAddress() + " has not registered yet: connect again later");
    }
    boolean isExpected =
        stream.expected() == 0
            ? hello.getNode() > 0 && hello.getNode() < own.getNode()
            : hello.getNode() == stream.expected();
    if (!isExpected) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          who
              + " is not who should be there, seen from node "
              + own.getNode()
              + ": two nodes have been given one address, or one store was copied to two nodes");
    }
    if (hello.getIncarnation() < network.link(hello.getNode()).incarnation()) {
      throw new HoldfastException(
          ErrorCode.STALE_INCARNATION,
          who + " has been started again since incarnation " + hello.getIncarnation());
    }
    if (network.isClosed()) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE, "node " + own.getNode() + " is closing: connect again later");
    }
  }

  private void refused(PeerStream stream, HoldfastException reason) {
    String why = String.valueOf(reason.getMessage());
    if (reason.code() == ErrorCode.UNAVAILABLE) {
      LOG.debug("no stream between this node and another for now: {}", why); // it starts, or stops
    } else if (!why.equals(refusals.put(stream.expected(), why))) {
      LOG.warn("no stream between this node and another: {}", why);
    }
  }

  @Override
  public void ready(PeerStream stream) {
    if (stream.node() != 0) {
      network.link(stream.node()).ready(stream);
    }
  }

  @Override
  public void ended(PeerStream stream, String why) {
    network.forget(stream);
    int node = stream.expected() == 0 ? stream.node() : stream.expected();
    if (node != 0) {
      network.link(node).ended(stream, why);
    }
  }
}
