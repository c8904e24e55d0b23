package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.v1.ForwardedRecord;
import io.holdfast.v1.ReplicaFrame;
import io.holdfast.wire.ClientFrames;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Request;
import io.holdfast.wire.ServerFrames;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What clocks cost (rule P13): heap, checkpoints, bytes on the wire, operations a second, against
 * {@link PlainClocks}. By default small; {@code -Dholdfast.clocks=true} takes 1,000 workers and
 * 10,000 ranges, 2 GB of heap and some minutes, and prints what
 * docs/decisions/range-vector-clocks.md says.
 */
@Execution(ExecutionMode.SAME_THREAD)
class ClocksAtScaleTest {
  private static final boolean FULL = Boolean.getBoolean("holdfast.clocks");
  private static final int WORKERS = FULL ? 1_000 : 100;
  private static final int RANGES = FULL ? 10_000 : 300;
  private static final long ENTRIES = (long) WORKERS * RANGES;
  private static final int NODES = 3;

  /** The part of both kinds of clocks that a push and a tick need. */
  private interface Clocks {
    Admission admitPush(int rank, long seq);

    void push(int rank, long seq);

    void tick(int rank, long seq, int clock);

    long seq(int rank);
  }

  private record Shared(WorkerClocks clocks) implements Clocks {
    @Override
    public Admission admitPush(int rank, long seq) {
      return clocks.admitPush(rank, 1, seq, Integer.MAX_VALUE);
    }

    @Override
    public void push(int rank, long seq) {
      clocks.pushLogged(rank, seq);
      clocks.pushCommitted(rank, seq);
    }

    @Override
    public void tick(int rank, long seq, int clock) {
      clocks.tickLogged(rank, seq, clock);
      clocks.tickCommitted(rank, seq, clock);
    }

    @Override
    public long seq(int rank) {
      return clocks.loggedSeq(rank);
    }
  }

  private record Plain(PlainClocks clocks) implements Clocks {
    @Override
    public Admission admitPush(int rank, long seq) {
      return clocks.admitPush(rank, 1, seq, Integer.MAX_VALUE);
    }

    @Override
    public void push(int rank, long seq) {
      clocks.pushLogged(rank, seq);
      clocks.pushCommitted(rank, seq);
    }

    @Override
    public void tick(int rank, long seq, int clock) {
      clocks.tickLogged(rank, seq, clock);
      clocks.tickCommitted(rank, seq, clock);
    }

    @Override
    public long seq(int rank) {
      return clocks.loggedSeq(rank);
    }
  }

  private static List<Clocks> shared(int workers, int ranges) {
    var pool = new ClockPool();
    return all(
        ranges,
        i -> {
          var clocks = new WorkerClocks();
          clocks.share(pool);
          for (int rank = 0; rank < workers; rank++) {
            clocks.joinLogged(rank, 1, 0, workers);
            clocks.joinCommitted(rank, 1, 0, workers);
          }
          return new Shared(clocks);
        });
  }

  private static List<Clocks> plain(int workers, int ranges) {
    var first = new PlainClocks();
    for (int rank = 0; rank < workers; rank++) {
      first.joinLogged(rank, 1, 0, workers);
      first.joinCommitted(rank, 1, 0, workers);
    }
    var bytes = ByteBuffer.allocate(first.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    first.write(bytes);
    return all(ranges, i -> new Plain(PlainClocks.read(bytes.flip())));
  }

  private static List<Clocks> all(int ranges, IntFunction<Clocks> made) {
    return IntStream.range(0, ranges).mapToObj(made).toList();
  }

  private static long plainHeap() {
    long before = heap();
    var clocks = plain(WORKERS, RANGES);
    long used;
    try {
      used = heap() - before;
    } finally {
      Reference.reachabilityFence(clocks);
    }
    say("%,d workers x %,d ranges", WORKERS, RANGES);
    say(
        "heap, an object for each entry: %.1f MiB, %.1f bytes an entry",
        mib(used), (double) used / ENTRIES);
    return used;
  }

  private static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static double mib(long bytes) {
    return bytes / 1024.0 / 1024.0;
  }

  private static void say(String format, Object... arguments) {
    System.out.printf(Locale.ROOT, format + "%n", arguments);
  }

  @Test
  void theClocksOfRangesThatAgreeTakeTheMemoryOfOne() {
    long plain = plainHeap();
    long before = heap();
    long started = cpuNanos();
    var clocks = shared(WORKERS, RANGES);
    say("joins: %,.0f a second", ENTRIES * 1e9 / (cpuNanos() - started));
    for (int clock = 1; clock <= 2; clock++) {
      lockStep(clocks, 3, clock);
    }
    long agreeing = report("all agree", clocks, before, plain);
    assertTrue(!FULL || agreeing * 20 < plain, "the clocks of ranges that agree are not shared");

    var random = new Random(1);
    // Workers at places of their own on the way through all ranges, in the middle of a clock.
    for (int rank = 0; rank < WORKERS; rank++) {
      for (var range : clocks.subList(0, random.nextInt(RANGES))) {
        range.push(rank, range.seq(rank) + 1);
      }
    }
    report("in the middle of whole-table pushes", clocks, before, plain);
    for (int i = 0; i < RANGES / 100; i++) {
      var range = clocks.get(random.nextInt(RANGES));
      for (int rank = 0; rank < WORKERS; rank++) {
        range.push(rank, range.seq(rank) + 1 + random.nextInt(1_000));
      }
    }
    lockStep(clocks, 1, 3);
    report("and 1 % of the ranges differ in all seqs", clocks, before, plain);
  }

  @Test
  void clocksThatDifferTakeNoMoreThanTheyNeed() {
    long plain = plainHeap();
    long before = heap();
    var clocks = shared(WORKERS, RANGES);
    var random = new Random(3);
    for (long i = 0; i < ENTRIES / 100; i++) {
      var range = clocks.get(random.nextInt(RANGES));
      int rank = random.nextInt(WORKERS);
      range.push(rank, range.seq(rank) + 1 + random.nextInt(1_000));
    }
    lockStep(clocks, 1, 1);
    report("1 % of the entries differ in their seq", clocks, before, plain);
    for (var range : clocks) {
      for (int rank = 0; rank < WORKERS; rank++) {
        range.push(rank, range.seq(rank) + 1 + random.nextInt(1_000));
      }
    }
    lockStep(clocks, 1, 2);
    report("all seqs differ", clocks, before, plain);
    for (var range : clocks) {
      for (int rank = 0; rank < WORKERS; rank++) {
        if (random.nextBoolean()) {
          range.tick(rank, range.seq(rank) + 1, 3);
        }
      }
    }
    long most = report("and a random half has ticked", clocks, before, plain);
    assertTrue(!FULL || most * 3 < plain, "clocks that differ take more than they need");
  }

  private static long report(String what, List<Clocks> clocks, long before, long plain) {
    long used = heap() - before;
    long encoded = 0;
    for (var each : clocks) {
      encoded += ((Shared) each).clocks.encode().length;
    }
    say(
        "heap, %s: %.1f MiB, %.2f bytes an entry, %.0f times less; in checkpoints %.2f bytes an entry,"
            + " before 21",
        what,
        mib(used),
        (double) used / ENTRIES,
        (double) plain / used,
        (double) encoded / ENTRIES);
    return used;
  }

  // Each worker pushes to all ranges, and ends the clock.
  private static void lockStep(List<Clocks> clocks, int pushes, int clock) {
    for (int rank = 0; rank < WORKERS; rank++) {
      for (int i = 0; i < pushes; i++) {
        for (var range : clocks) {
          range.push(rank, range.seq(rank) + 1);
        }
      }
      for (var range : clocks) {
        range.tick(rank, range.seq(rank) + 1, clock);
      }
    }
  }

  @Test
  void aTickOfManyRangesIsAFewBytes() {
    int ranges = Math.max(1, RANGES / NODES);
    say("a tick of one worker to the %,d ranges of a node", ranges);
    var random = new Random(2);
    for (boolean alike : new boolean[] {true, false}) {
      var ticks = new ArrayList<OutboundRequest>();
      var answers = new ArrayList<OutboundReply>();
      for (int i = 0; i < ranges; i++) {
        var header = new Request.Header(5_000_000L + i, 7 + i * NODES, 12, 60_000);
        long seq = 40_000L + (alike ? 0 : random.nextInt(10_000));
        ticks.add(new OutboundRequest.Tick(header, 1, seq, 1_000));
        answers.add(
            OutboundReply.ticked(5_000_000L + i, 40_000_000L + random.nextInt(10_000), false));
      }
      int single = ClientFrames.requests(ticks).length();
      int grouped = ClientFrames.requestsWithTickGroups(ticks).length();
      int answered = ServerFrames.replies(answers).length();
      int together = ServerFrames.repliesWithTickGroups(answers).length();
      say(
          "seqs %s: requests %,d bytes, before %,d (%.2f a range, before %.2f); answers %,d, before"
              + " %,d",
          alike ? "alike" : "all different",
          grouped,
          single,
          (double) grouped / ranges,
          (double) single / ranges,
          together,
          answered);
      assertTrue(grouped < single / 4);
      assertTrue(together < 64);
    }
    var forwarded =
        ForwardedRecord.newBuilder()
            .setRange(10_000)
            .setEpoch(12)
            .setType(3)
            .setRecordEpoch(12)
            .setLsn(40_000_000)
            .setWorker(999)
            .setIncarnation(1)
            .setSeq(40_000)
            .setClock(1_000);
    say(
        "of each range one record: 64 bytes of log, %d bytes to each successor",
        ReplicaFrame.newBuilder().setRecord(forwarded).build().getSerializedSize());
  }

  @Test
  void pushesAreAdmittedAndCountedAsFastAsBefore() {
    int rounds = FULL ? 4 : 2;
    compare("1 range, 4 workers", 4, 1, FULL ? 10_000_000 : 100_000, rounds);
    compare("32 ranges, 4 workers", 4, 32, FULL ? 10_000_000 : 100_000, rounds);
    compare("100 ranges, 100 workers", 100, 100, FULL ? 10_000_000 : 100_000, rounds);
    if (FULL) {
      compare("10,000 ranges, 1,000 workers", WORKERS, RANGES, 20_000_000, 3);
    }
  }

  private static void compare(String what, int workers, int ranges, int operations, int rounds) {
    for (boolean alike : new boolean[] {true, false}) {
      double plain = best(plain(workers, ranges), workers, operations, rounds, alike);
      double shared = best(shared(workers, ranges), workers, operations, rounds, alike);
      say(
          "%s, %s: %.1f M pushes a second of a core, before %.1f M",
          what, alike ? "each to all ranges" : "each to one of them", shared, plain);
    }
  }

  /** Millions of pushes a second, one in nine of them a tick. */
  private static double best(
      List<Clocks> clocks, int workers, int operations, int rounds, boolean alike) {
    double best = 0;
    int[] clock = new int[workers];
    for (int round = 0; round < rounds; round++) {
      long started = cpuNanos();
      int done = 0;
      int turn = 0;
      while (done < operations) {
        // All ranges one after the other, or one at random; as pushes that arrive and are
        // committed.
        int rank = turn % workers;
        int period = alike ? 9 : 1 + 8 * clocks.size();
        boolean ticks = turn++ / workers % period == period - 1;
        clock[rank] += ticks ? 1 : 0;
        if (alike || ticks) {
          for (var range : clocks) {
            operation(range, rank, ticks, clock[rank]);
          }
          done += clocks.size();
        } else {
          int at = (int) (((turn * 0x9e3779b9L) >>> 8) % clocks.size());
          operation(clocks.get(at), rank, false, 0);
          done++;
        }
      }
      best = Math.max(best, done * 1e3 / (cpuNanos() - started));
    }
    return best;
  }

  // Of this thread, so that whatever else the machine does counts little.
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void operation(Clocks range, int rank, boolean ticks, int clock) {
    long seq = range.seq(rank) + 1;
    if (!(range.admitPush(rank, seq) instanceof Admission.Take)) {
      throw new AssertionError(Arrays.asList(rank, seq));
    }
    if (ticks) {
      range.tick(rank, seq, clock);
    } else {
      range.push(rank, seq);
    }
  }
}
