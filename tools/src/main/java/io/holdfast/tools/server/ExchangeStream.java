package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.FrameLease;
import io.holdfast.replication.shard.Limits;
import io.holdfast.replication.shard.ReplyChannel;
import io.holdfast.replication.shard.Shard;
import io.holdfast.replication.shard.ShardRequest;
import io.holdfast.v1.Hello;
import io.holdfast.v1.Welcome;
import io.holdfast.wire.ClientFrames;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundFrame;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.ServerFrames;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's stream. Frames are read on the transport's event loop and their requests handed to
 * the shards; replies come from the shards' threads. The client gets credit for another frame when
 * all shards are done with one, so what it sends is never piled up here.
 */
final class ExchangeStream implements StreamObserver<InboundFrame>, ReplyChannel {
  static final int PROTOCOL = 1;

  /** Frames that a client may have on this side, unread or being worked on. */
  private static final int CREDIT = 16;

  /** Answers that may wait in the transport before pulls are held back. */
  private static final int READY_BYTES = 16 << 20;

  private final ServerCallStreamObserver<OutboundFrame> responses;
  private final RangeDirectory directory;
  private final Limits limits;
  private final long node;
  private final KeyLists<KeyField> keyLists;
  private @Nullable Hello hello;
  private volatile boolean groupsTicks;
  private volatile int rank;
  private volatile boolean closed;

  ExchangeStream(
      ServerCallStreamObserver<OutboundFrame> responses,
      RangeDirectory directory,
      Limits limits,
      long node,
      Consumer<ExchangeStream> whenClosed) {
    this.responses = responses;
    this.directory = directory;
    this.limits = limits;
    this.node = node;
    this.keyLists = new KeyLists<>(limits.keyListBytes());
    responses.disableAutoRequest();
    responses.setOnReadyThreshold(READY_BYTES);
    responses.setOnReadyHandler(() -> directory.shards().forEach(Shard::channelReady));
    responses.setOnCancelHandler(
        () -> {
          closed = true;
          whenClosed.accept(this);
        });
    responses.setOnCloseHandler(() -> whenClosed.accept(this));
    responses.request(CREDIT);
  }

  @Override
  public void onNext(InboundFrame frame) {
    if (closed) {
      frame.close();
      return;
    }
    boolean handedOver = false;
    try {
      if (frame.length() > limits.maxFrameBytes()) {
        throw new HoldfastException(
            ErrorCode.LIMIT_EXCEEDED,
            "a frame of "
                + frame.length()
                + " bytes is over the limit of "
                + limits.maxFrameBytes()
                + " that the welcome names: split it");
      }
      var read = ClientFrames.read(frame);
      if (hello == null) {
        welcome(read.hello());
      } else if (read.hello() != null) {
        throw new HoldfastException(
            ErrorCode.MALFORMED_FRAME, "a second hello: open another stream for another worker");
      } else if (!read.requests().isEmpty()) {
        handedOver = true;
        var lease = new FrameLease(frame, read.requests().size(), this::credit);
        for (var request : read.requests()) {
          directory
              .shardOf(request.header().range())
              .submit(new ShardRequest(request, lease, this));
        }
      }
    } catch (HoldfastException e) {
      end(e);
    } finally {
      if (!handedOver) {
        frame.close();
        credit();
      }
    }
  }

  private void welcome(@Nullable Hello first) {
    if (first == null) {
      throw new HoldfastException(
          ErrorCode.MALFORMED_FRAME, "the first frame of a stream must be a hello");
    }
    if (first.getProtocol() != PROTOCOL) {
      throw new HoldfastException(
          ErrorCode.UNSUPPORTED_PROTOCOL,
          "client '"
              + first.getClient()
              + "' speaks protocol "
              + first.getProtocol()
              + ", this server "
              + PROTOCOL
              + ": use a client library of the same release");
    }
    hello = first;
    rank = first.getRank();
    groupsTicks = first.getTickGroups();
    send(
        ServerFrames.welcome(
            Welcome.newBuilder()
                .setProtocol(PROTOCOL)
                .setNode(node)
                .setMaxFrameBytes(limits.maxFrameBytes())
                .setMaxKeys(limits.maxKeys())
                .setKeyListBytes(limits.keyListBytes())
                .setEncodings(true)
                .setTickGroups(true)
                .build()));
  }

  private void credit() {
    if (!closed) {
      responses.request(1);
    }
  }

  private void end(HoldfastException error) {
    synchronized (this) {
      if (!closed) {
        closed = true;
        responses.onNext(ServerFrames.failure(error));
        responses.onCompleted();
      }
    }
  }

  private void send(OutboundFrame frame) {
    synchronized (this) {
      if (!closed) {
        responses.onNext(frame);
      }
    }
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public void send(List<OutboundReply> replies) {
    for (int from = 0; from < replies.size(); from += ServerFrames.MAX_REPLIES) {
      var part = replies.subList(from, Math.min(replies.size(), from + ServerFrames.MAX_REPLIES));
      send(groupsTicks ? ServerFrames.repliesWithTickGroups(part) : ServerFrames.replies(part));
    }
  }

  @Override
  public KeyLists<KeyField> keyLists() {
    return keyLists;
  }

  @Override
  public boolean isReady() {
    return responses.isReady();
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void onError(Throwable t) {
    closed = true;
  }

  @Override
  public void onCompleted() {
    synchronized (this) {
      if (!closed) {
        closed = true;
        responses.onCompleted();
      }
    }
  }
}
