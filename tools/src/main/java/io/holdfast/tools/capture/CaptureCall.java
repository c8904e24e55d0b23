package io.holdfast.tools.capture;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.BeginCapture;
import io.holdfast.v1.CaptureGrpc;
import io.holdfast.v1.CaptureNews;
import io.holdfast.v1.CaptureOrder;
import io.holdfast.v1.CapturedImage;
import io.holdfast.v1.CapturedRange;
import io.holdfast.v1.FinishCapture;
import io.holdfast.v1.RefusedRange;
import io.holdfast.wire.Statuses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One node is asked for some ranges. What it says arrives in the driver's queue, and is taken here
 * by the driver's thread ({@link #take}), which alone uses the rest.
 */
final class CaptureCall implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final int KEEP_ALIVE_SECONDS = 5;

  /** Something was heard; without news the call has ended. */
  record Event(CaptureCall call, @Nullable CaptureNews news, @Nullable HoldfastException failure) {}

  private final String address;
  private final List<WantedRange> ranges;
  private final boolean homes;
  private final ManagedChannel channel;
  private final Map<Integer, CapturedImage> images = new HashMap<>();
  private final List<CapturedRange> captured = new ArrayList<>();
  private final List<RefusedRange> refused = new ArrayList<>();
  private @Nullable StreamObserver<CaptureOrder> orders;
  private final long started = System.nanoTime();
  private boolean frozen;
  private boolean ended;
  private long totalBytes;
  private long bytes;
  private long newBytes;
  private @Nullable HoldfastException failure;

  /**
   * @param homes whether the ranges are home ranges
   */
  CaptureCall(String address, List<WantedRange> ranges, boolean homes) {
    this.address = address;
    this.ranges = List.copyOf(ranges);
    this.homes = homes;
    this.channel =
        ManagedChannelBuilder.forTarget(address)
            .usePlaintext()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .build();
  }

  void start(BeginCapture begin, BlockingQueue<Event> events) {
    orders = CaptureGrpc.newStub(channel).take(new Answers(events));
    orders.onNext(CaptureOrder.newBuilder().setBegin(begin).build());
  }

  private final class Answers implements StreamObserver<CaptureNews> {
    private final BlockingQueue<Event> events;

    Answers(BlockingQueue<Event> events) {
      this.events = events;
    }

    @Override
    public void onNext(CaptureNews news) {
      events.add(new Event(CaptureCall.this, news, null));
    }

    @Override
    public void onError(Throwable thrown) {
      events.add(new Event(CaptureCall.this, null, Statuses.fromThrowable(thrown)));
    }

    @Override
    public void onCompleted() {
      events.add(new Event(CaptureCall.this, null, null));
    }
  }

  /** Home ranges that wait for a later state need not wait longer. */
  void finish() {
    if (orders != null && !frozen && !ended) {
      orders.onNext(
          CaptureOrder.newBuilder().setFinish(FinishCapture.getDefaultInstance()).build());
    }
  }

  /** A node that has not captured for so long is not waited for. */
  void giveUpAfter(long nanos) {
    if (!frozen && !ended && System.nanoTime() - started > nanos) {
      ended = true;
      failure =
          new HoldfastException(
              ErrorCode.DEADLINE_EXCEEDED,
              "no checkpoint of all ranges within " + TimeUnit.NANOSECONDS.toSeconds(nanos) + " s");
      close();
    }
  }

  void take(Event event) {
    if (ended) {
      return;
    }
    var news = event.news();
    if (news == null) {
      ended = true;
      failure = event.failure();
      return;
    }
    switch (news.getNewsCase()) {
      case REFUSED -> refused.add(news.getRefused());
      case FROZEN -> {
        frozen = true;
        totalBytes = news.getFrozen().getBytes();
      }
      case PROGRESS -> {
        bytes = news.getProgress().getBytes();
        newBytes = news.getProgress().getNewBytes();
      }
      case IMAGE -> images.put(news.getImage().getNumber(), news.getImage());
      case RANGE -> captured.add(news.getRange());
      case NEWS_NOT_SET -> {}
    }
  }

  String address() {
    return address;
  }

  List<WantedRange> ranges() {
    return ranges;
  }

  boolean isHomes() {
    return homes;
  }

  /** Whether what it captures is fixed; so it is where the call has ended. */
  boolean isFrozen() {
    return frozen || ended;
  }

  boolean hasEnded() {
    return ended;
  }

  /** Why it ended; null where it did not, or is complete. */
  @Nullable HoldfastException failure() {
    return failure;
  }

  List<RefusedRange> refused() {
    return refused;
  }

  List<CapturedRange> captured() {
    return captured;
  }

  CapturedImage image(int number) {
    return images.getOrDefault(number, CapturedImage.getDefaultInstance());
  }

  long totalBytes() {
    return totalBytes;
  }

  long bytes() {
    return bytes;
  }

  long newBytes() {
    return newBytes;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
