package io.holdfast.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.holdfast.client.retry.Backoff;
import io.holdfast.client.retry.RangeCall;
import io.holdfast.client.retry.RangeLink;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import io.holdfast.v1.Welcome;
import io.holdfast.wire.ClientFrames;
import io.holdfast.wire.ExchangeMethod;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.OutboundFrame;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import io.holdfast.wire.ServerFrame;
import io.holdfast.wire.ServerFrames;
import io.holdfast.wire.Statuses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's stream to one node, opened again as often as it is needed. Calls wait here while the
 * transport is not ready. When the stream breaks it forgets them all: their links send what is
 * unanswered again, here or elsewhere (P11).
 *
 * <p>State belongs to the session's lock; frames are written outside of it, by one thread at a
 * time.
 */
final class NodeStream {
  static final int PROTOCOL = 1;

  private static final Logger LOG = LoggerFactory.getLogger(NodeStream.class);
  // Small requests that wait together share a frame of this size.
  private static final int SHARED_FRAME_BYTES = 64 << 10;
  // What may lie in the transport's buffers before this stream stops handing it more.
  private static final int READY_BYTES = 8 << 20;

  /** Each state, and what it waits for. */
  private enum State {
    /** Nothing to send; the next call connects. */
    IDLE,
    /** Hello is sent; welcome is awaited. */
    GREETING,
    OPEN,
    /** The stream broke before the node welcomed us; the timer opens another. */
    PAUSED,
    CLOSED
  }

  private final Session session;
  private final String address;
  private final ReentrantLock lock;
  private final CallQueue queue = new CallQueue();
  private final Map<Long, RangeCall> sent = new LinkedHashMap<>();
  private final CompletableFuture<Boolean> welcomed = new CompletableFuture<>();
  private State state = State.IDLE;
  private @Nullable Connection connection;
  private boolean draining;
  // Whether the node takes ticks to many ranges as one request.
  private boolean groupsTicks;
  private final Backoff pauses;

  NodeStream(Session session, String address, ReentrantLock lock) {
    this.session = session;
    this.address = address;
    this.lock = lock;
    this.pauses = RemoteCluster.rerouting(session.options().rerouteDelay());
  }

  /** Completes when the node has welcomed us for the first time. */
  CompletableFuture<Boolean> connected() {
    session.locked(
        () -> {
          if (state == State.IDLE) {
            connect();
          }
        });
    return welcomed;
  }

  /** Under the lock. The caller drains after it has let go of the lock. */
  void enqueue(RangeCall call) {
    queue.add(call);
    if (state == State.IDLE) {
      connect();
    }
  }

  /** Under the lock. An answer that still comes is ignored. */
  void withdraw(RangeCall call) {
    if (call.number() != 0 && sent.remove(call.number(), call)) {
      call.number(0);
    } else {
      queue.remove(call);
    }
  }

  /** Sends what the transport takes now. Not under the lock. */
  void drain() {
    while (true) {
      OutboundFrame frame;
      Connection to;
      lock.lock();
      try {
        to = connection;
        if (draining || state != State.OPEN || to == null || queue.isEmpty() || !to.isReady()) {
          return;
        }
        frame = nextFrame(to);
        draining = frame != null;
      } finally {
        lock.unlock();
      }
      if (frame == null) {
        session.drain(); // what has taken the place of the refused may go to other nodes
        continue;
      }
      try {
        to.send(frame);
      } finally {
        lock.lock();
        try {
          draining = false;
        } finally {
          lock.unlock();
        }
      }
    }
  }

  /** Under the lock. */
  void close() {
    state = State.CLOSED;
    welcomed.completeExceptionally(Session.closed());
    if (connection != null) {
      connection.call.halfClose();
      connection = null;
    }
  }

  // Null where all that waited was refused.
  private @Nullable OutboundFrame nextFrame(Connection to) {
    var requests = new ArrayList<OutboundRequest>();
    int limit = session.limits().frameBytes();
    long total = 0;
    long shared = 0;
    while (!queue.isEmpty() && requests.size() < ClientFrames.MAX_REQUESTS) {
      RangeCall call = queue.first();
      long id = session.nextCall();
      OutboundRequest request = call.request(id, System.nanoTime(), to.terms.sentKeys());
      int length = ClientFrames.length(request);
      HoldfastException refusal = to.terms.refusal(request, length, limit, address);
      if (refusal != null) {
        queue.remove(call);
        session.links().refused(call, refusal);
        continue;
      }
      if (!requests.isEmpty() && (shared + length > SHARED_FRAME_BYTES || total + length > limit)) {
        break;
      }
      // The first may be large; what shares its frame may not.
      shared += requests.isEmpty() && length > SHARED_FRAME_BYTES ? 0 : length;
      total += length;
      queue.remove(call);
      call.number(id);
      sent.put(id, call);
      requests.add(request);
      session.traffic().sent(request, length);
      to.terms.noteSent(call);
    }
    if (requests.isEmpty()) {
      return null;
    }
    return groupsTicks
        ? ClientFrames.requestsWithTickGroups(requests)
        : ClientFrames.requests(requests);
  }

  private void connect() {
    state = State.GREETING;
    ManagedChannel channel = session.channel(address);
    // The channel's own pause between attempts would be longer than ours.
    channel.resetConnectBackoff();
    var next =
        new Connection(
            channel.newCall(
                ExchangeMethod.CLIENT, CallOptions.DEFAULT.withOnReadyThreshold(READY_BYTES)));
    connection = next;
    next.open();
  }

  // Under the lock.
  private void reconnect() {
    if (state == State.PAUSED) {
      if (queue.isEmpty() && welcomed.isDone()) {
        state = State.IDLE;
      } else {
        connect();
      }
    }
  }

  private void welcome(Connection to, Welcome welcome) {
    if (welcome.getProtocol() != PROTOCOL) {
      session
          .links()
          .kill(
              new HoldfastException(
                  ErrorCode.UNSUPPORTED_PROTOCOL,
                  address
                      + " speaks protocol "
                      + welcome.getProtocol()
                      + ", this client "
                      + PROTOCOL));
      return;
    }
    session.adopt(welcome);
    to.terms = StreamTerms.of(welcome);
    groupsTicks = welcome.getTickGroups();
    state = State.OPEN;
    pauses.reset();
    session.executor().execute(() -> welcomed.complete(true));
  }

  // The stream is gone, and what it had unanswered is not here any more; or it fails with a reason
  // that would be the same elsewhere.
  private void broken(Connection from, HoldfastException reason, boolean isFatal) {
    if (connection != from || state == State.CLOSED) {
      return;
    }
    connection = null;
    var unanswered = new ArrayList<>(sent.values());
    unanswered.addAll(queue.takeAll());
    unanswered.forEach(call -> call.number(0));
    sent.clear();
    if (RangeLink.endsLife(reason.code())) {
      session.links().kill(reason);
    }
    boolean wasOpen = state == State.OPEN;
    state = State.IDLE;
    if (isFatal) {
      unanswered.forEach(call -> session.links().abandoned(call, reason));
      welcomed.completeExceptionally(reason);
      return;
    }
    if (wasOpen) {
      LOG.info(
          "stream to {} broke, {} calls unanswered: {}",
          address,
          unanswered.size(),
          reason.toString());
    } else {
      state = State.PAUSED;
      session.later(pauses.nextNanos(), this::reconnect);
    }
    session.broken(address);
  }

  private final class Connection extends ClientCall.Listener<InboundFrame> {
    private final ClientCall<OutboundFrame, InboundFrame> call;
    private @Nullable HoldfastException failure;
    private StreamTerms terms = StreamTerms.NONE; // under the session's lock

    Connection(ClientCall<OutboundFrame, InboundFrame> call) {
      this.call = call;
    }

    void open() {
      call.start(this, new Metadata());
      call.request(2);
      call.sendMessage(ClientFrames.hello(session.hello()));
    }

    boolean isReady() {
      return call.isReady();
    }

    void send(OutboundFrame frame) {
      try {
        call.sendMessage(frame);
      } catch (IllegalStateException e) {
        // Closed meanwhile: onClose has put, or will put, its calls back into the queue.
        LOG.debug("stream to {} closed under a frame", address, e);
      }
    }

    @Override
    public void onReady() {
      drain();
    }

    @Override
    public void onMessage(InboundFrame frame) {
      try (frame) {
        take(ServerFrames.read(frame), frame);
        call.request(1);
      } catch (RuntimeException e) {
        failure =
            e instanceof HoldfastException known
                ? known
                : new HoldfastException(ErrorCode.INTERNAL, "cannot take a server's frame", e);
        call.cancel("a frame that cannot be taken", e);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      HoldfastException reason =
          failure != null ? failure : Statuses.fromThrowable(status.asException(trailers));
      boolean isFatal =
          failure != null
              ? failure.retry() == Retry.NEVER
              : status.getCode() == Status.Code.UNIMPLEMENTED;
      if (lock.isHeldByCurrentThread()) {
        // A channel that has just failed fails a new call at once, within connect().
        session.executor().execute(() -> close(reason, isFatal));
      } else {
        close(reason, isFatal);
      }
    }

    private void close(HoldfastException reason, boolean isFatal) {
      session.locked(() -> broken(this, reason, isFatal));
    }

    private void take(ServerFrame read, InboundFrame frame) {
      if (read.welcome() != null) {
        lock.lock();
        try {
          if (connection == this) {
            welcome(this, read.welcome());
          }
        } finally {
          lock.unlock();
        }
        drain();
      }
      session.traffic().received(read.replies(), frame.length());
      for (Reply reply : read.replies()) {
        take(reply, frame);
      }
      if (read.failure() != null) {
        failure = read.failure();
        call.cancel("the server gave the stream up", read.failure());
      }
    }

    private void take(Reply reply, InboundFrame frame) {
      if (reply instanceof Reply.Failed failed) {
        session.locked(
            () -> {
              RangeCall refused = taken(reply);
              if (refused != null) {
                session.links().refused(refused, failed.error());
              }
            });
        return;
      }
      // What has waited for the answer may have to be sent.
      RangeCall answered =
          session.computeLocked(
              () -> {
                RangeCall call = taken(reply);
                if (call != null) {
                  session.links().answered(call, reply);
                }
                return call;
              });
      if (answered != null) {
        answered.complete(reply, frame);
      }
    }

    // Null where it was sent again meanwhile, or given up.
    private @Nullable RangeCall taken(Reply reply) {
      RangeCall call = connection == this ? sent.remove(reply.call()) : null;
      if (call != null) {
        call.number(0);
      }
      return call;
    }
  }
}
