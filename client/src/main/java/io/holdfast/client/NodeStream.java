package io.holdfast.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
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
import io.holdfast.wire.Request;
import io.holdfast.wire.ServerFrame;
import io.holdfast.wire.ServerFrames;
import io.holdfast.wire.Statuses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session's stream to one node, opened again as often as it breaks. Calls wait here while the
 * transport is not ready; what was sent when a stream broke goes to the front of the queue, in the
 * order in which it was sent (P11).
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
  private static final long MAX_PARKED_MILLIS = 60_000;

  /** Each state, and what it waits for. */
  private enum State {
    /** Nothing to send; the next call connects. */
    IDLE,
    /** Hello is sent; welcome is awaited. */
    GREETING,
    OPEN,
    /** The stream broke; the timer opens another. */
    PAUSED,
    CLOSED
  }

  private final Session session;
  private final String address;
  private final ReentrantLock lock;
  private final ArrayDeque<RangeCall> queue = new ArrayDeque<>();
  private final Map<Long, RangeCall> sent = new LinkedHashMap<>();
  private final CompletableFuture<Boolean> welcomed = new CompletableFuture<>();
  private State state = State.IDLE;
  private @Nullable Connection connection;
  private boolean draining;
  private int breaks;

  NodeStream(Session session, String address, ReentrantLock lock) {
    this.session = session;
    this.address = address;
    this.lock = lock;
  }

  /** Completes when the node has welcomed us for the first time. */
  CompletableFuture<Boolean> connected() {
    lock.lock();
    try {
      if (state == State.IDLE) {
        connect();
      }
    } finally {
      lock.unlock();
    }
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
    if (call.id != 0 && sent.remove(call.id, call)) {
      call.id = 0;
      return;
    }
    queue.remove(call);
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
        frame = nextFrame();
        if (frame == null) {
          continue;
        }
        draining = true;
      } finally {
        lock.unlock();
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
  private @Nullable OutboundFrame nextFrame() {
    var requests = new ArrayList<OutboundRequest>();
    int limit = session.limits().frameBytes();
    long total = 0;
    long shared = 0;
    while (!queue.isEmpty() && requests.size() < ClientFrames.MAX_REQUESTS) {
      RangeCall call = queue.element();
      long id = session.nextCall();
      Route route = call.link().route();
      OutboundRequest request =
          call.request(new Request.Header(id, route.range(), route.epoch(), parkedMillis(call)));
      int length = ClientFrames.length(request);
      if (length > limit) {
        refuse(call, length, limit);
        continue;
      }
      if (!requests.isEmpty() && (shared + length > SHARED_FRAME_BYTES || total + length > limit)) {
        break;
      }
      // The first may be large; what shares its frame may not.
      shared += requests.isEmpty() && length > SHARED_FRAME_BYTES ? 0 : length;
      total += length;
      queue.remove();
      call.id = id;
      sent.put(id, call);
      requests.add(request);
    }
    return requests.isEmpty() ? null : ClientFrames.requests(requests);
  }

  // Cut to size for a server that has since come back with a lower limit.
  private void refuse(RangeCall call, int length, int limit) {
    queue.remove(call);
    call.stream = null;
    call.link()
        .refused(
            call,
            new HoldfastException(
                ErrorCode.LIMIT_EXCEEDED,
                "a request of "
                    + length
                    + " bytes is over the "
                    + limit
                    + " that "
                    + address
                    + " now takes in a frame: make the call again, it will be cut anew"));
  }

  private static int parkedMillis(RangeCall call) {
    long left = TimeUnit.NANOSECONDS.toMillis(call.deadlineNanos - System.nanoTime());
    return (int) Math.max(1, Math.min(MAX_PARKED_MILLIS, left));
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

  private void reconnect() {
    lock.lock();
    try {
      if (state == State.PAUSED) {
        connect();
      }
    } finally {
      lock.unlock();
    }
    drain();
  }

  private void welcome(Welcome welcome) {
    if (welcome.getProtocol() != PROTOCOL) {
      session.kill(
          new HoldfastException(
              ErrorCode.UNSUPPORTED_PROTOCOL,
              address + " speaks protocol " + welcome.getProtocol() + ", this client " + PROTOCOL));
      return;
    }
    session.adopt(welcome);
    state = State.OPEN;
    breaks = 0;
    session.executor().execute(() -> welcomed.complete(true));
  }

  // The stream is gone; what it had unanswered is sent again by the next, or fails with a reason
  // that would be the same there.
  private void broken(Connection from, HoldfastException reason, boolean isFatal) {
    if (connection != from || state == State.CLOSED) {
      return;
    }
    connection = null;
    if (reason.code() == ErrorCode.STALE_INCARNATION) {
      session.kill(reason);
    }
    var again = new ArrayList<>(sent.values());
    sent.clear();
    for (int i = again.size() - 1; i >= 0; i--) {
      again.get(i).id = 0;
      queue.addFirst(again.get(i));
    }
    if (isFatal) {
      for (RangeCall call : List.copyOf(queue)) {
        call.link().abandon(call, reason);
      }
      state = State.IDLE;
      welcomed.completeExceptionally(reason);
      return;
    }
    if (queue.isEmpty() && welcomed.isDone()) {
      state = State.IDLE;
      return;
    }
    state = State.PAUSED;
    if (breaks++ == 0) {
      LOG.info("stream to {} broke, {} calls unanswered: {}", address, queue.size(), reason);
    } else {
      session.refreshRoutes(address);
    }
    session.later(this::reconnect, session.options().retryDelay().toNanos());
  }

  private final class Connection extends ClientCall.Listener<InboundFrame> {
    private final ClientCall<OutboundFrame, InboundFrame> call;
    private @Nullable HoldfastException failure;

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
      lock.lock();
      try {
        broken(this, reason, isFatal);
      } finally {
        lock.unlock();
      }
    }

    private void take(ServerFrame read, InboundFrame frame) {
      if (read.welcome() != null) {
        lock.lock();
        try {
          if (connection == this) {
            welcome(read.welcome());
          }
        } finally {
          lock.unlock();
        }
        drain();
      }
      for (Reply reply : read.replies()) {
        take(reply, frame);
      }
      if (read.failure() != null) {
        failure = read.failure();
        call.cancel("the server gave the stream up", read.failure());
      }
    }

    private void take(Reply reply, InboundFrame frame) {
      RangeCall answered;
      lock.lock();
      try {
        answered = connection == this ? sent.remove(reply.call()) : null;
        if (answered == null) {
          return; // sent again meanwhile, or given up
        }
        answered.id = 0;
        answered.stream = null;
        if (reply instanceof Reply.Failed failed) {
          answered.link().refused(answered, failed.error());
          answered = null;
        } else {
          answered.link().answered(answered);
        }
      } finally {
        lock.unlock();
      }
      if (answered != null) {
        answered.complete(reply, frame);
      } else {
        session.drain();
      }
    }
  }
}
