package io.holdfast.replication.peer;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.stub.ClientCalls;
import io.holdfast.wire.ReplicaMethod;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What there is between this node and one other: at most one stream that counts, and the attempts
 * to get one while there is none. Its monitor orders what the shards are told: nothing of a stream
 * comes after {@code disconnected}.
 */
final class PeerLink {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

  // A frame of megabytes must not wait for a window update halfway.
  private static final int WINDOW_BYTES = 16 << 20;

  private final PeerNetwork network;
  private final int node;
  private final AtomicBoolean telling = new AtomicBoolean();
  private @Nullable PeerNode wanted;
  private boolean isDialler;
  private volatile @Nullable PeerStream current;
  private int incarnation;
  private long connectedNanos;
  private @Nullable PeerStream dialling;
  private @Nullable ManagedChannel channel;
  private Duration pause;
  private boolean isScheduled;
  private boolean copiesHeld;

  PeerLink(PeerNetwork network, int node) {
    this.network = network;
    this.node = node;
    this.pause = network.settings().firstRetry();
  }

  /** The stream that counts; null while there is none. */
  @Nullable PeerStream current() {
    return current;
  }

  /** Whom to be connected to; null: to nobody any more. */
  void want(@Nullable PeerNode next, boolean dials) {
    PeerStream leave = null;
    PeerStream giveUp = null;
    synchronized (this) {
      boolean hasMoved = wanted == null || next == null || !wanted.address().equals(next.address());
      if (next == null && wanted == null) {
        return;
      }
      wanted = next;
      isDialler = dials;
      if (hasMoved) {
        closeChannel();
        giveUp = dialling;
        pause = network.settings().firstRetry();
      }
      if (next == null) {
        leave = current;
      } else if (current == null) {
        schedule(Duration.ZERO);
      }
    }
    end(giveUp, "the node has another address");
    end(leave, "the node is none of the cluster any more");
  }

  /** The other side of a stream has said who it is: the stream counts from now on. */
  void connected(PeerStream stream, int life) {
    PeerStream old;
    synchronized (this) {
      old = current;
      if (stream.isEnded()) {
        return;
      }
      if (old != null) {
        network.tell(events -> events.disconnected(node));
      }
      current = stream;
      incarnation = life;
      connectedNanos = System.nanoTime();
      dialling = stream == dialling ? null : dialling;
      LOG.info("connected to node {}, incarnation {}", node, life);
      network.tell(events -> events.connected(node));
    }
    end(old, "another connection of the node took its place");
  }

  /** Which life of the node the stream that counts belongs to; 0 where there is none. */
  synchronized int incarnation() {
    return current == null ? 0 : incarnation;
  }

  void ended(PeerStream stream, String why) {
    ManagedChannel last = null;
    synchronized (this) {
      if (stream == current) {
        current = null;
        LOG.info("disconnected from node {}: {}", node, why);
        network.tell(events -> events.disconnected(node));
        boolean hasLasted =
            System.nanoTime() - connectedNanos > network.settings().maxRetry().toNanos();
        pause = hasLasted ? network.settings().firstRetry() : pause;
      } else if (stream == dialling) {
        dialling = null;
        LOG.debug("no connection to node {}: {}", node, why);
      } else {
        return;
      }
      if (stream.expected() != 0) {
        // Not to be used for the next: after a cut the transport may sit on what was lost for long.
        last = channel;
        channel = null;
      }
      if (wanted != null) {
        // Whether the process is gone is asked at once; connecting anew waits.
        network.background(this::probe);
        schedule(nextPause());
      }
    }
    if (last != null) {
      last.shutdownNow();
    }
  }

  /** Tells the shards something of a stream, unless it counts no more. */
  boolean deliver(PeerStream stream, Runnable telling) {
    synchronized (this) {
      if (stream != current) {
        return false;
      }
      telling.run();
      return true;
    }
  }

  void ready(PeerStream stream) {
    deliver(stream, () -> network.tell(events -> events.ready(node)));
  }

  /** Has the shards told that copies may go on, in a while. */
  void holdCopies(long nanos) {
    synchronized (this) {
      if (copiesHeld) {
        return;
      }
      copiesHeld = true;
    }
    network.later(this::releaseCopies, nanos);
  }

  private void releaseCopies() {
    synchronized (this) {
      copiesHeld = false;
      if (current != null) {
        network.tell(events -> events.ready(node));
      }
    }
  }

  private void schedule(Duration after) {
    if (!isScheduled) {
      isScheduled = true;
      network.later(() -> network.background(this::attempt), after.toNanos());
    }
  }

  private Duration nextPause() {
    Duration next = pause;
    Duration doubled = pause.multipliedBy(2);
    Duration longest = network.settings().maxRetry();
    pause = doubled.compareTo(longest) > 0 ? longest : doubled;
    return next;
  }

  private void attempt() {
    PortProbe.Answer answer = probe();
    synchronized (this) {
      isScheduled = false;
      if (wanted == null || current != null || dialling != null) {
        return;
      }
      if (!isDialler || answer == PortProbe.Answer.REFUSED) {
        schedule(nextPause());
        return;
      }
      dialling = network.open(node);
      channel = channel == null ? channelTo(wanted) : channel;
    }
    dial();
  }

  private PortProbe.Answer probe() {
    PeerNode asked;
    synchronized (this) {
      asked = wanted;
      if (asked == null || current != null) {
        return PortProbe.Answer.NONE;
      }
    }
    var answer = PortProbe.ask(asked, network.settings().probeTimeout());
    boolean isGone;
    synchronized (this) {
      isGone = answer == PortProbe.Answer.REFUSED && current == null && asked.equals(wanted);
    }
    if (isGone && telling.compareAndSet(false, true)) {
      network.background(
          () -> {
            try {
              network.watcher().gone(node, asked.incarnation());
            } finally {
              telling.set(false);
            }
          });
    }
    return answer;
  }

  private void dial() {
    PeerStream stream;
    ManagedChannel over;
    synchronized (this) {
      stream = dialling;
      over = channel;
    }
    if (stream == null) {
      return;
    }
    if (over == null) {
      stream.end("the node has another address");
      return;
    }
    // The channel's own pause between attempts would be longer than ours.
    over.resetConnectBackoff();
    var call =
        over.newCall(
            ReplicaMethod.CLIENT,
            CallOptions.DEFAULT.withOnReadyThreshold(network.settings().readyBytes()));
    ClientCalls.asyncBidiStreamingCall(call, stream);
    if (stream.isEnded()) {
      call.cancel("given up before it was opened", /* cause= */ null);
      return;
    }
    stream.send(network.hello());
  }

  private ManagedChannel channelTo(PeerNode to) {
    var settings = network.settings();
    return NettyChannelBuilder.forAddress(to.host(), to.port())
        .usePlaintext()
        .directExecutor()
        .disableRetry()
        .maxInboundMessageSize(2 * settings.maxFrameBytes())
        .flowControlWindow(WINDOW_BYTES)
        // What a connection that is given up has not delivered is not to arrive any more.
        .withOption(ChannelOption.SO_LINGER, 0)
        .withOption(
            ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(settings.silence().toMillis()))
        .build();
  }

  // Under the monitor.
  private void closeChannel() {
    if (channel != null) {
      channel.shutdown();
      channel = null;
    }
  }

  void close() {
    PeerStream open;
    PeerStream opening;
    ManagedChannel last;
    synchronized (this) {
      wanted = null;
      open = current;
      opening = dialling;
      last = channel;
      channel = null;
    }
    end(open, "this node closes");
    end(opening, "this node closes");
    if (last != null) {
      last.shutdownNow();
      try {
        last.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void end(@Nullable PeerStream stream, String why) {
    if (stream != null) {
      stream.end(why);
    }
  }
}
