package io.holdfast.replication.peer;

import io.grpc.stub.CallStreamObserver;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.shard.FrameLease;
import io.holdfast.v1.RangeMessage;
import io.holdfast.v1.ReplicaFrame;
import io.holdfast.v1.ReplicaHello;
import io.holdfast.wire.Failures;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.OutboundFrame;
import io.holdfast.wire.ReplicaFrames;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream to a node, whichever side opened it. Several threads may send; frames are received by
 * the transport's thread.
 */
final class PeerStream implements ClientResponseObserver<OutboundFrame, InboundFrame> {
  private static final Logger LOG = LoggerFactory.getLogger(PeerStream.class);
  private static final int MAX_MESSAGES = 4_096;
  // More than the fields of a record or of a piece take beside the body.
  private static final int MAX_HEAD_BYTES = 1_024;
  private static final ReplicaFrame ALIVE = ReplicaFrame.getDefaultInstance();

  /** What happens on the stream, in order. */
  interface Owner {
    /**
     * A frame came.
     *
     * @return whether somebody has the lease now, and will let go of it
     */
    boolean received(PeerStream stream, ReplicaFrames.Read read, FrameLease lease);

    /** More can be sent. */
    void ready(PeerStream stream);

    /** The stream is gone; told once. */
    void ended(PeerStream stream, String why);
  }

  private final Owner owner;
  private final PeerSettings settings;
  private final InboundCredit credit;
  private final ConcurrentLinkedQueue<RangeMessage> pending = new ConcurrentLinkedQueue<>();
  private final ReentrantLock sending = new ReentrantLock();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile @Nullable CallStreamObserver<OutboundFrame> out;
  private volatile long heardNanos = System.nanoTime();

  private final int expected;

  /** Which node is at the other end; 0 before its hello. Written by the transport's thread. */
  private volatile int node;

  /**
   * A stream that is going to be opened: to be given to a call.
   *
   * @param expected which node is to be at the other end; 0: any
   */
  PeerStream(Owner owner, PeerSettings settings, int expected) {
    this.owner = owner;
    this.settings = settings;
    this.expected = expected;
    this.credit = new InboundCredit(settings.maxUnreadBytes(), this::request);
  }

  /** A stream that another node has opened. */
  static PeerStream accept(
      ServerCallStreamObserver<OutboundFrame> responses, Owner owner, PeerSettings settings) {
    var stream = new PeerStream(owner, settings, 0);
    stream.out = responses;
    responses.disableAutoRequest();
    responses.setOnReadyThreshold(settings.readyBytes());
    responses.setOnReadyHandler(() -> owner.ready(stream));
    responses.setOnCancelHandler(() -> stream.gone("it broke"));
    responses.request(1);
    return stream;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<OutboundFrame> requests) {
    out = requests;
    requests.disableAutoRequestWithInitial(1);
    requests.setOnReadyHandler(() -> owner.ready(this));
  }

  /** Which node this side opened it to; 0 where the other side opened it. */
  int expected() {
    return expected;
  }

  int node() {
    return node;
  }

  /** The other side has said who it is. */
  void greeted(int from) {
    node = from;
  }

  boolean isReady() {
    var to = out;
    return to != null && !ended.get() && to.isReady();
  }

  boolean isEnded() {
    return ended.get();
  }

  /**
   * Queues a message; it goes out before anything that the caller sends later. Those that several
   * threads send at once share a frame.
   */
  void send(RangeMessage message) {
    pending.add(message);
    flush();
  }

  void send(ReplicaHello hello) {
    write(ReplicaFrames.of(ReplicaFrame.newBuilder().setHello(hello).build()));
  }

  /** The body has been read when this returns. */
  void send(ReplicaFrame head, ByteBuffer body) {
    if (body.remaining() > settings.maxFrameBytes() - MAX_HEAD_BYTES) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          body.remaining()
              + " bytes do not fit a frame of "
              + settings.maxFrameBytes()
              + " between nodes: take larger frames there than from clients");
    }
    write(ReplicaFrames.of(head, body));
  }

  private void write(OutboundFrame frame) {
    sending.lock();
    try {
      writePending();
      hand(frame);
    } finally {
      sending.unlock();
    }
    flush();
  }

  // Whoever holds the lock also writes what others queue meanwhile.
  private void flush() {
    while (!pending.isEmpty() && sending.tryLock()) {
      try {
        writePending();
      } finally {
        sending.unlock();
      }
    }
  }

  private void writePending() {
    while (!pending.isEmpty()) {
      var frame = ReplicaFrame.newBuilder();
      RangeMessage next = pending.poll();
      while (next != null) {
        frame.addMessages(next);
        next = frame.getMessagesCount() < MAX_MESSAGES ? pending.poll() : null;
      }
      hand(ReplicaFrames.of(frame.build()));
    }
  }

  // Under the lock.
  private void hand(OutboundFrame frame) {
    var to = out;
    if (to == null || ended.get()) {
      return;
    }
    try {
      to.onNext(frame);
    } catch (IllegalStateException e) {
      // Closed meanwhile; the transport says so, or has said so, on its own thread.
      LOG.debug("the stream to node {} closed under a frame", node, e);
    }
  }

  @Override
  public void onNext(InboundFrame frame) {
    int length = frame.length();
    heardNanos = System.nanoTime();
    credit.arrived(length);
    var lease = new FrameLease(frame, 1, () -> credit.done(length));
    boolean isTaken = false;
    try {
      if (length > settings.maxFrameBytes()) {
        throw new HoldfastException(
            ErrorCode.LIMIT_EXCEEDED,
            "a frame of "
                + length
                + " bytes is over the limit of "
                + settings.maxFrameBytes()
                + " between nodes: set the same limit on all nodes");
      }
      var read = ReplicaFrames.read(frame);
      isTaken = !ended.get() && owner.received(this, read, lease);
    } catch (RuntimeException e) {
      refuse(
          e instanceof HoldfastException known
              ? known
              : new HoldfastException(ErrorCode.INTERNAL, "cannot take a frame: " + e, e));
    } finally {
      if (!isTaken) {
        lease.done();
      }
    }
  }

  /** Shows that this side is alive, and gives the stream up where the other does not. */
  void beat() {
    if (isReady()) {
      write(ReplicaFrames.of(ALIVE));
    }
    // Nothing can come without credit.
    long silent = credit.isGiven() ? System.nanoTime() - heardNanos : 0;
    if (silent > settings.silence().toNanos()) {
      end("nothing came for " + settings.silence());
    }
  }

  /** Ends the stream, and tells the other side why. */
  void refuse(HoldfastException reason) {
    end(
        String.valueOf(reason.getMessage()),
        ReplicaFrame.newBuilder().setFailure(Failures.toProto(reason)).build());
  }

  /** Ends the stream. Not to be called under a lock that {@link Owner} takes. */
  void end(String why) {
    end(why, ALIVE);
  }

  private void end(String why, ReplicaFrame last) {
    var to = out;
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    if (to instanceof ClientCallStreamObserver<OutboundFrame> call) {
      call.cancel(why, /* cause= */ null);
    } else if (to != null) {
      sending.lock();
      try {
        to.onNext(ReplicaFrames.of(last));
        to.onCompleted();
      } catch (IllegalStateException e) {
        LOG.debug("the stream of node {} was closed already", node, e);
      } finally {
        sending.unlock();
      }
    }
    owner.ended(this, why);
  }

  // The transport says that it is over.
  private void gone(String why) {
    if (ended.compareAndSet(false, true)) {
      owner.ended(this, why);
    }
  }

  @Override
  public void onError(Throwable t) {
    gone(String.valueOf(t.getMessage()));
  }

  @Override
  public void onCompleted() {
    end("the other side closed it");
  }

  private void request() {
    heardNanos = System.nanoTime();
    var from = out;
    if (from != null) {
      from.request(1);
    }
  }
}
