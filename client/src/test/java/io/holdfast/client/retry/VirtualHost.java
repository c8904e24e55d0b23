package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Time, nodes and the map as a test sets them; what was sent waits for the test to answer. */
final class VirtualHost implements LinkHost {
  private record Task(long at, int order, Runnable what) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingInt(Task::order));
  private final Map<RangeCall, String> waiting = new LinkedHashMap<>();
  private long now = 1;
  private int order;
  private long numbers;

  /** When the map was asked. */
  final List<Long> fetches = new ArrayList<>();

  /** What the map says; empty: nobody answers. */
  List<Route> map = List.of();

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void send(String address, RangeCall call) {
    call.number(++numbers);
    waiting.put(call, address);
  }

  @Override
  public void withdraw(String address, RangeCall call) {
    if (!address.equals(waiting.remove(call))) {
      throw new AssertionError(call + " is not at " + address);
    }
    call.number(0);
  }

  @Override
  public void later(long delayNanos, Runnable task) {
    tasks.add(new Task(now + delayNanos, ++order, task));
  }

  @Override
  public void fetch(RangeSet ranges) {
    fetches.add(now);
    later(
        0,
        () -> {
          if (map.isEmpty()) {
            ranges.notFetched();
          } else {
            ranges.fetched(map);
          }
        });
  }

  /** Runs what is due until then. */
  void run(long millis) {
    long until = now + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Task next = tasks.peek(); next != null && next.at() <= until; next = tasks.peek()) {
      now = next.at();
      tasks.remove().what().run();
    }
    now = until;
  }

  /** Calls that a node has not answered, in the order in which they came. */
  List<RangeCall> at(String address) {
    return waiting.entrySet().stream()
        .filter(call -> call.getValue().equals(address))
        .map(Map.Entry::getKey)
        .toList();
  }

  List<OutboundRequest> requestsAt(String address) {
    return at(address).stream().map(call -> call.request(call.number(), now)).toList();
  }

  List<Long> seqsAt(String address) {
    return requestsAt(address).stream()
        .filter(OutboundRequest.Push.class::isInstance)
        .map(request -> ((OutboundRequest.Push) request).seq())
        .toList();
  }

  void breakStream(WorkerLinks links, String address) {
    waiting.values().removeIf(address::equals);
    links.broken(address);
  }

  void answer(WorkerLinks links, RangeCall call, Reply reply) {
    waiting.remove(call);
    call.number(0);
    links.answered(call, reply);
    call.complete(reply, null);
  }

  void refuse(WorkerLinks links, RangeCall call, ErrorCode code) {
    waiting.remove(call);
    call.number(0);
    links.refused(call, new HoldfastException(code, "as the test wishes"));
  }

  /** What became of a call. */
  static final class Result implements Outcome {
    final List<Reply> replies = new ArrayList<>();
    @Nullable HoldfastException error;
    int ends;

    @Override
    public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {
      replies.add(reply);
    }

    @Override
    public void failed(HoldfastException failure) {
      error = failure;
    }

    @Override
    public void ended() {
      ends++;
    }
  }

  /** Even keys, with digests. */
  record ListedRows(int count) implements RowSource {
    @Override
    public OutboundKeys keys(int from, int to) {
      long[] keys = new long[to - from];
      for (int i = from; i < to; i++) {
        keys[i - from] = 2L * i;
      }
      return OutboundKeys.digested(keys, 0, keys.length);
    }

    @Override
    public OutboundValues values(int from, int to) {
      return OutboundValues.of(new float[count], from, to - from);
    }

    @Override
    public int indexOf(long key, int from, int to) {
      return (int) Math.max(from, Math.min(to, (key + 1) / 2));
    }
  }

  /** Keys 0 to n - 1, each with its own number as the value. */
  record Rows(int count) implements RowSource {
    @Override
    public OutboundKeys keys(int from, int to) {
      return OutboundKeys.contiguous(from, to - from);
    }

    @Override
    public OutboundValues values(int from, int to) {
      return OutboundValues.of(new float[count], from, to - from);
    }

    @Override
    public int indexOf(long key, int from, int to) {
      return (int) Math.max(from, Math.min(to, key));
    }
  }
}
