package io.holdfast.replication.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * {@link WorkerClocks} of several ranges that share blocks are, each, what {@link PlainClocks} are,
 * whatever is joined, pushed, ticked, left, dropped, saved and read again. {@code
 * -Dholdfast.steps=100000} makes it longer.
 */
class ClockEquivalenceTest {
  private static final int STEPS = Integer.getInteger("holdfast.steps", 20_000);

  /** A record of one range's log. */
  private record Logged(char type, int rank, int incarnation, long seq, int clock, Roster roster) {
    Logged(char type, int rank, int incarnation, long seq, int clock) {
      this(type, rank, incarnation, seq, clock, Roster.NONE);
    }
  }

  private static final class Range {
    WorkerClocks clocks = new WorkerClocks();
    PlainClocks plain = new PlainClocks();
    final ArrayDeque<Logged> pending = new ArrayDeque<>();

    void log(Logged record) {
      pending.add(record);
      count(record);
    }

    private void count(Logged record) {
      switch (record.type) {
        case 'j' -> {
          int group = record.rank < 0 ? 0 : (int) record.seq;
          clocks.joinLogged(record.rank, record.incarnation, record.clock, group);
          plain.joinLogged(record.rank, record.incarnation, record.clock, group);
        }
        case 'p' -> {
          clocks.pushLogged(record.rank, record.seq);
          plain.pushLogged(record.rank, record.seq);
        }
        case 't' -> {
          clocks.tickLogged(record.rank, record.seq, record.clock);
          plain.tickLogged(record.rank, record.seq, record.clock);
        }
        case 'r' -> {
          clocks.rosterLogged(record.roster);
          plain.rosterLogged(record.roster);
        }
        default -> {
          clocks.leaveLogged(record.rank, record.clock);
          plain.leaveLogged(record.rank, record.clock);
        }
      }
    }

    void commit() {
      var record = pending.remove();
      switch (record.type) {
        case 'j' -> {
          int group = record.rank < 0 ? 0 : (int) record.seq;
          clocks.joinCommitted(record.rank, record.incarnation, record.clock, group);
          plain.joinCommitted(record.rank, record.incarnation, record.clock, group);
        }
        case 'p' -> {
          clocks.pushCommitted(record.rank, record.seq);
          plain.pushCommitted(record.rank, record.seq);
        }
        case 't' -> {
          clocks.tickCommitted(record.rank, record.seq, record.clock);
          plain.tickCommitted(record.rank, record.seq, record.clock);
        }
        case 'r' -> {
          clocks.rosterCommitted(record.roster, record.clock);
          plain.rosterCommitted(record.roster, record.clock);
        }
        default -> {
          clocks.leaveCommitted(record.rank, record.clock);
          plain.leaveCommitted(record.rank, record.clock);
        }
      }
    }

    void drop(int kept) {
      while (pending.size() > kept) {
        pending.removeLast();
      }
      clocks.forgetLogged();
      plain.forgetLogged();
      pending.forEach(this::count);
    }
  }

  private final List<Range> ranges = new ArrayList<>();
  private int[] ranks = new int[0];
  private Random random = new Random(0);

  @RepeatedTest(24)
  void isWhatThePlainClocksAre(RepetitionInfo run) {
    random = new Random(run.getCurrentRepetition());
    // Small groups, and such as fill several blocks; alike on all ranges in every other run.
    int workers = 1 + random.nextInt(run.getCurrentRepetition() % 3 == 0 ? 100 : 6);
    boolean alike = run.getCurrentRepetition() % 2 == 0;
    ranks = new int[workers + 3];
    for (int i = 0; i < workers; i++) {
      ranks[i] = i;
    }
    ranks[workers] = -1;
    ranks[workers + 1] = Integer.MIN_VALUE + random.nextInt(1_000);
    ranks[workers + 2] = 1 << 20;
    var pool = new ClockPool(random.nextInt(2) * 20L);
    for (int i = 0; i < 4; i++) {
      ranges.add(new Range());
      ranges.get(i).clocks.share(pool);
    }
    for (int step = 0; step < STEPS; step++) {
      int rank = ranks[random.nextInt(ranks.length)];
      int what = random.nextInt(100);
      var chosen = alike ? ranges : List.of(ranges.get(random.nextInt(ranges.size())));
      for (var range : chosen) {
        step(range, rank, what, workers);
      }
      for (var range : chosen) {
        same(range, rank, step);
        int commits = Math.min(random.nextInt(3), range.pending.size());
        for (int i = 0; i < commits; i++) {
          range.commit();
        }
        if (commits > 0) {
          same(range, rank, step);
        }
      }
      if (random.nextInt(200) == 0) {
        var range = ranges.get(random.nextInt(ranges.size()));
        restart(range, random.nextBoolean() ? pool : null);
        all(range, step);
      }
    }
    ranges.forEach(range -> all(range, STEPS));
  }

  private void step(Range range, int rank, int what, int workers) {
    var clocks = range.clocks;
    int incarnation = clocks.nextIncarnation(rank) - 1;
    long seq = clocks.loggedSeq(rank) + 1;
    int clock = clocks.clock(rank);
    boolean joined = incarnation > 0 && clocks.fence(rank, incarnation) == null;
    boolean leaves =
        range.pending.stream().anyMatch(record -> record.type == 'l' && record.rank == rank);
    if (what < 8 || !joined) {
      if (!(rank < 0 && leaves)) { // the plain ones lose such a join
        range.log(
            new Logged('j', rank, Math.max(1, incarnation + what % 2), workers, clock + what % 3));
      }
    } else if (what < 60) {
      if (admits(clocks.admitPush(rank, incarnation, seq, clock + what % 4))) {
        range.log(new Logged('p', rank, incarnation, seq, clock));
      }
    } else if (what < 92) {
      if (rank >= 0 && admits(clocks.admitTick(rank, incarnation, seq, clock + 1))) {
        range.log(new Logged('t', rank, incarnation, seq, clock + 1));
      }
    } else if (what < 95) {
      range.log(new Logged('l', rank, incarnation, 0, rank < 0 ? 0 : clock + what % 2));
    } else if (what < 97) {
      if (rank >= 0 && rank < workers) {
        var roster = next(clocks.loggedRoster(), rank, Math.max(1, incarnation), clock, workers);
        range.log(new Logged('r', rank, 0, 0, clock, roster));
      }
    } else {
      range.drop(random.nextInt(range.pending.size() + 1));
    }
  }

  /** The rank goes, or comes back; or the group grows. */
  private Roster next(Roster before, int rank, int incarnation, int clock, int workers) {
    var growth = new ArrayList<>(before.growth());
    var absences = new ArrayList<>(before.absences());
    var last = before.last(rank);
    if (growth.isEmpty()) {
      growth.add(new Roster.Growth(workers, 0));
    } else if (random.nextInt(4) == 0) {
      growth.add(new Roster.Growth(before.size() + 1, clock + random.nextInt(3)));
    }
    if (last == null || last.until() != Roster.AWAY) {
      boolean lost = random.nextBoolean();
      int from = clock + random.nextInt(3);
      absences.removeIf(absence -> absence.rank() == rank);
      absences.add(new Roster.Absence(rank, incarnation, from, Roster.AWAY, lost));
    } else {
      int until = last.from() + 1 + random.nextInt(3);
      absences.set(
          absences.indexOf(last),
          new Roster.Absence(rank, last.incarnation(), last.from(), until, last.lost()));
    }
    var lost = List.of(new Roster.Lost(rank, incarnation));
    var change =
        switch (random.nextInt(3)) {
          case 0 -> new Roster.Change(lost, List.of(), 0);
          case 1 -> new Roster.Change(List.of(), List.of(rank), 0);
          default -> null;
        };
    return new Roster(before.version() + 1, growth, absences, change);
  }

  private static boolean admits(Admission admission) {
    return admission instanceof Admission.Take;
  }

  private static void restart(Range range, @Nullable ClockPool pool) {
    byte[] encoded = range.clocks.encode();
    var plain = ByteBuffer.allocate(range.plain.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    range.plain.write(plain);
    plain.flip();
    boolean ofFormat2 = pool == null && range.plain.roster().version() == 0;
    range.clocks =
        ofFormat2
            ? WorkerClocks.readFormat2(plain.duplicate().order(ByteOrder.LITTLE_ENDIAN))
            : WorkerClocks.read(ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN));
    range.plain = PlainClocks.read(plain);
    if (ofFormat2) {
      range.plain.forgetGroup();
    }
    if (pool != null) {
      range.clocks.share(pool);
    }
    range.pending.forEach(range::count);
  }

  private void all(Range range, int step) {
    for (int rank : ranks) {
      same(range, rank, step);
    }
    byte[] found = range.clocks.encode();
    byte[] group = range.plain.groupBytes();
    assertEquals(
        ByteBuffer.wrap(group), ByteBuffer.wrap(found, found.length - group.length, group.length));
    var plain = ByteBuffer.allocate(range.plain.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    range.plain.write(plain);
    byte[] expected =
        WorkerClocks.readFormat2(plain.flip().order(ByteOrder.LITTLE_ENDIAN)).encode();
    int length = found.length - group.length;
    assertEquals(ByteBuffer.wrap(expected, 0, length), ByteBuffer.wrap(found, 0, length));
  }

  private void same(Range range, int rank, int step) {
    var clocks = range.clocks;
    var plain = range.plain;
    Supplier<String> at = () -> "rank " + rank + ", step " + step; // hardly ever read
    assertEquals(plain.minClock(), clocks.minClock(), at);
    assertEquals(plain.maxClock(), clocks.maxClock(), at);
    assertEquals(plain.expectedWorkers(), clocks.expectedWorkers(), at);
    assertEquals(plain.groupSizeLogged(), clocks.groupSizeLogged(), at);
    assertEquals(plain.rosterAnswer(0), clocks.rosterAnswer(0), at);
    assertEquals(plain.hasLeft(rank), clocks.hasLeft(rank), at);
    assertEquals(plain.hasLeftForGood(rank), clocks.hasLeftForGood(rank), at);
    assertEquals(plain.firstClock(rank), clocks.firstClock(rank), at);
    assertEquals(plain.seq(rank), clocks.seq(rank), at);
    assertEquals(plain.loggedSeq(rank), clocks.loggedSeq(rank), at);
    assertEquals(plain.clock(rank), clocks.clock(rank), at);
    assertEquals(plain.nextIncarnation(rank), clocks.nextIncarnation(rank), at);
    int least = plain.minClock();
    int most = plain.maxClock();
    var looks = IntStream.of(least, least + 1, least + 2, (least + most) / 2, most, most + 1);
    for (int clock : looks.distinct().toArray()) {
      Supplier<String> and = () -> at.get() + ", clock " + clock;
      assertEquals(plain.finished(clock + 1), clocks.finished(clock + 1), and);
      assertEquals(plain.expectedWorkers(clock), clocks.expectedWorkers(clock), and);
      assertEquals(plain.mayEnd(clock), clocks.mayEnd(clock), and);
      assertEquals(plain.behind(clock), clocks.behind(clock), and);
    }
    int incarnation = plain.nextIncarnation(rank) - 1;
    long seq = plain.loggedSeq(rank);
    int clock = plain.clock(rank);
    for (int i = -1; i <= 2; i++) {
      assertEquals(plain.isStale(rank, incarnation + i), clocks.isStale(rank, incarnation + i), at);
      assertEquals(plain.fence(rank, incarnation + i), clocks.fence(rank, incarnation + i), at);
      assertEquals(
          plain.hasJoined(rank, incarnation, clock + i),
          clocks.hasJoined(rank, incarnation, clock + i),
          at);
      assertEquals(
          plain.admitPush(rank, incarnation, seq + i, clock),
          clocks.admitPush(rank, incarnation, seq + i, clock),
          at);
      assertEquals(
          plain.admitTick(rank, incarnation, seq + 1, clock + i),
          clocks.admitTick(rank, incarnation, seq + 1, clock + i),
          at);
    }
  }
}
