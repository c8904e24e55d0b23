package io.holdfast.tools.capture;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Pending;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.v1.BeginCapture;
import io.holdfast.wire.Failures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes one snapshot: in rounds, each of which asks for what is not captured yet, or not as it has
 * to be (rule P29). For one thread; calls block.
 */
final class SnapshotTaker {
  /** So long nothing may come of it until it is given up. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** That a range is captured again because of its workers' saved states happens once, mostly. */
  private static final int MOST_REPEATS = 20;

  private static final long PAUSE_MILLIS = 500;
  private static final long REFRESH_NANOS = TimeUnit.MINUTES.toNanos(2);

  /** What no other node and no later try makes good. */
  private static final Set<ErrorCode> FATAL =
      Set.of(
          ErrorCode.INVALID_CLOCK,
          ErrorCode.INVALID_ARGUMENT,
          ErrorCode.DISK_FULL,
          ErrorCode.TARGET_UNAVAILABLE,
          ErrorCode.SNAPSHOT_DAMAGED,
          ErrorCode.UNSUPPORTED_FORMAT,
          ErrorCode.UNSUPPORTED_PROTOCOL);

  private final Repository repository;
  private final Supplier<WantedRanges> map;
  private final CaptureOptions options;
  private final CaptureDisplay display;
  private final BlockingQueue<CaptureCall.Event> events = new LinkedBlockingQueue<>();
  private final Map<Integer, CapturePart> parts = new HashMap<>();

  /** Did not answer, or broke off, lately. */
  private final Set<String> avoided = new HashSet<>();

  private final Set<String> used = new HashSet<>();
  private @Nullable Pending pending;
  private long refreshed;
  private @Nullable HoldfastException trouble;
  private int allRanges;
  private long bytesBefore;
  private long newBytesBefore;

  /**
   * @param map asks the cluster what is to be in the snapshot
   */
  SnapshotTaker(
      Repository repository,
      Supplier<WantedRanges> map,
      CaptureOptions options,
      CaptureDisplay display) {
    this.repository = repository;
    this.map = map;
    this.options = options;
    this.display = display;
  }

  /**
   * @throws HoldfastException INVALID_CLOCK where a range is past the clock; NOT_READY where a
   *     range is served by nobody for a while; what the target or a node refuses it with
   */
  Manifest take() {
    var begun = Instant.now();
    long started = System.nanoTime();
    var first = map.get();
    var marker = repository.begin(options.name());
    pending = marker;
    refreshed = System.nanoTime();
    var whole = collect(first);
    long millis = Duration.ofNanos(System.nanoTime() - started).toMillis();
    var manifest = ManifestDraft.of(options, begun, millis, whole, parts.values());
    repository.publish(manifest, repository.refresh(marker));
    return manifest;
  }

  /** Until all of the map is captured, and belongs together; gives the map of that moment. */
  private WantedRanges collect(WantedRanges first) {
    var now = first;
    long gained = System.nanoTime();
    for (int repeats = 0; ; now = map.get()) {
      var known = now.known(wanted());
      parts.values().removeIf(part -> !known.contains(part.wanted()));
      var missing = now.missing(wanted());
      allRanges = parts.size() + missing.size();
      if (missing.isEmpty()) {
        var faults = faults();
        if (faults.isEmpty()) {
          return now;
        }
        var fault = faults.getFirst();
        if (options.clock() != null || repeats++ >= MOST_REPEATS) {
          throw new HoldfastException(
              ErrorCode.NOT_READY,
              "the group changed while the snapshot was taken (" + fault.what() + "): try again");
        }
        display.warn(fault.what() + ": captured again");
        faults.forEach(this::drop);
        continue;
      }
      int before = parts.size();
      round(missing);
      if (parts.size() > before) {
        gained = System.nanoTime();
      } else if (System.nanoTime() - gained > PATIENCE_NANOS) {
        throw givenUp(missing.getFirst());
      } else {
        pause();
      }
    }
  }

  private Collection<WantedRange> wanted() {
    return parts.values().stream().map(CapturePart::wanted).toList();
  }

  private HoldfastException givenUp(WantedRange range) {
    return new HoldfastException(
        ErrorCode.NOT_READY,
        range.name()
            + " cannot be captured"
            + (trouble == null ? ": none of its nodes answers" : " (" + trouble.getMessage() + ")")
            + "; see 'status', and take the snapshot again: what is in the target is not sent"
            + " again",
        trouble);
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "interrupted", e);
    }
  }

  // ---- what belongs together

  private List<SavedOrder.Fault> faults() {
    var faults = new ArrayList<SavedOrder.Fault>();
    for (var home : parts.values()) {
      for (var part : parts.values()) {
        if (home.wanted().isHome()
            && !part.wanted().isHome()
            && part.wanted().job().equals(home.wanted().job())) {
          var ancestors = part.wanted().range().getAncestorsList();
          var fault = SavedOrder.check(home.captured(), part.captured(), ancestors);
          if (fault != null) {
            faults.add(fault);
          }
        }
      }
    }
    return faults;
  }

  private void drop(SavedOrder.Fault fault) {
    var part = parts.remove(fault.range());
    if (part != null && fault.home()) {
      String job = part.wanted().job();
      parts.values().removeIf(other -> other.wanted().job().equals(job));
    }
  }

  // ---- a round

  private void round(List<WantedRange> missing) {
    var homes = choose(missing.stream().filter(WantedRange::isHome).toList());
    var others = choose(missing.stream().filter(range -> !range.isHome()).toList());
    var calls = new ArrayList<CaptureCall>();
    try {
      var first = start(homes, true, calls);
      if (options.clock() == null) {
        await(calls, CaptureCall::isFrozen);
        if (first.stream().allMatch(SnapshotTaker::hasAll)) {
          start(others, false, calls);
        }
      } else {
        var second = start(others, false, calls);
        await(calls, call -> call.isHomes() || call.isFrozen());
        first.forEach(CaptureCall::finish);
        if (!second.stream().allMatch(SnapshotTaker::hasAll)) {
          display.warn("some ranges could not be captured at the clock yet");
        }
      }
      await(calls, CaptureCall::hasEnded);
    } finally {
      calls.forEach(CaptureCall::close);
    }
    calls.forEach(this::collect);
  }

  /** Nothing was refused, and the call lives or is complete. */
  private static boolean hasAll(CaptureCall call) {
    return call.failure() == null && call.refused().isEmpty();
  }

  private Map<String, List<WantedRange>> choose(List<WantedRange> ranges) {
    var chosen = NodeCover.choose(ranges, used, avoided);
    int covered = chosen.values().stream().mapToInt(List::size).sum();
    if (covered < ranges.size() && !avoided.isEmpty()) {
      avoided.clear(); // they are asked once more
      chosen = NodeCover.choose(ranges, used, avoided);
    }
    return chosen;
  }

  private List<CaptureCall> start(
      Map<String, List<WantedRange>> chosen, boolean homes, List<CaptureCall> calls) {
    var started = new ArrayList<CaptureCall>();
    chosen.forEach(
        (address, ranges) -> {
          var call = new CaptureCall(address, ranges, homes);
          calls.add(call);
          started.add(call);
          call.start(order(ranges), events);
        });
    return started;
  }

  private BeginCapture order(List<WantedRange> ranges) {
    var order =
        BeginCapture.newBuilder()
            .setTarget(repository.target())
            .setRepository(repository.id())
            .setEndpoint(options.endpoint())
            .setBytesPerSecond(options.bytesPerSecond())
            .setName(options.name());
    Integer clock = options.clock();
    if (clock != null) {
      order.setAtClock(true).setClock(clock);
    }
    ranges.forEach(range -> order.addRanges(range.id()));
    return order.build();
  }

  private void await(List<CaptureCall> calls, Predicate<CaptureCall> done) {
    while (!calls.stream().allMatch(done)) {
      CaptureCall.Event event;
      try {
        event = events.poll(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new HoldfastException(ErrorCode.CLOSED, "interrupted", e);
      }
      if (event != null && calls.contains(event.call())) {
        event.call().take(event);
        throwFatal(event.call());
      }
      if (options.clock() == null) {
        calls.forEach(call -> call.giveUpAfter(PATIENCE_NANOS));
      }
      show(calls);
      refresh();
    }
  }

  private static void throwFatal(CaptureCall call) {
    var failure = call.failure();
    if (failure != null && FATAL.contains(failure.code())) {
      throw at(call, failure);
    }
    for (var refused : call.refused()) {
      var why = Failures.fromProto(refused.getFailure());
      if (FATAL.contains(why.code())) {
        throw at(call, why);
      }
    }
  }

  /** A disk or a mount that is to be seen to is that node's. */
  private static HoldfastException at(CaptureCall call, HoldfastException why) {
    return new HoldfastException(
        why.code(), "the node at " + call.address() + ": " + Failures.text(why), why);
  }

  private void refresh() {
    var marker = pending;
    if (marker != null && System.nanoTime() - refreshed > REFRESH_NANOS) {
      refreshed = System.nanoTime();
      pending = repository.refresh(marker);
    }
  }

  private void show(List<CaptureCall> calls) {
    long bytes = bytesBefore;
    long allBytes = bytesBefore;
    long newBytes = newBytesBefore;
    int ranges = parts.size();
    for (var call : calls) {
      bytes += call.bytes();
      allBytes += call.totalBytes();
      newBytes += call.newBytes();
      ranges += call.captured().size();
    }
    display.show(new CaptureDisplay.State(ranges, allRanges, bytes, allBytes, newBytes));
  }

  private void collect(CaptureCall call) {
    bytesBefore += call.bytes();
    newBytesBefore += call.newBytes();
    for (var captured : call.captured()) {
      call.ranges().stream()
          .filter(range -> range.id() == captured.getRange())
          .forEach(
              range ->
                  parts.put(
                      range.id(),
                      new CapturePart(range, captured, call.image(captured.getImage()))));
    }
    var failure = call.failure();
    if (failure != null) {
      avoided.add(call.address());
      trouble = failure;
      display.warn(call.address() + ": " + failure.getMessage() + "; another replica is asked");
    } else {
      used.add(call.address());
    }
    for (var refused : call.refused()) {
      trouble = Failures.fromProto(refused.getFailure());
      display.warn(call.address() + ": " + trouble.getMessage());
    }
  }
}
