package io.holdfast.replication.chain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who counts in which clock of a job: how its group has grown, and who was away when. The home
 * range decides it; every range of the job gets each version as a record, so that all agree. A
 * worker that dies and starts again under its rank changes nothing here: it counted all the time.
 *
 * @param version grows by one with each change; 0: nothing is known, all ranks count in all clocks
 * @param growth sizes of the group, the smallest first; empty where none is known
 * @param absences by the order in which they began; of each rank the last one, and those before it
 *     that a clock which has not ended everywhere may need
 * @param pending what is being agreed on; null for nothing
 */
public record Roster(
    int version, List<Growth> growth, List<Absence> absences, @Nullable Change pending) {
  /** Nothing is known. */
  public static final Roster NONE = new Roster(0, List.of(), List.of(), null);

  /** The end of an absence that has not ended. */
  public static final int AWAY = Integer.MAX_VALUE;

  private static final int FORMAT = 1;

  /**
   * The group has so many ranks.
   *
   * @param since those that came with this size count from this clock on
   */
  public record Growth(int size, int since) {}

  /**
   * A rank does not count in the clocks {@code from} to {@code until - 1}.
   *
   * @param incarnation this and older ones are fenced
   * @param until {@link #AWAY} while it has not come back
   * @param lost it was given up: what it pushed for {@code from} and later clocks is void
   */
  public record Absence(int rank, int incarnation, int from, int until, boolean lost) {}

  /** A worker that is to be given up. */
  public record Lost(int rank, int incarnation) {}

  /**
   * What every range has to answer before it is decided.
   *
   * @param lost fenced from now on; each range says which clock they have finished there
   * @param returning come back with the clock that is agreed on
   * @param size the group grows to it; 0: it does not
   */
  public record Change(List<Lost> lost, List<Integer> returning, int size) {
    public Change {
      lost = List.copyOf(lost);
      returning = List.copyOf(returning);
    }

    /** Whether no clock may end until it is decided, since somebody is to count in the next. */
    boolean holds() {
      return !returning.isEmpty() || size > 0;
    }
  }

  public Roster {
    growth = List.copyOf(growth);
    absences = List.copyOf(absences);
  }

  /** Ranks of the group; 0 where that is not known. */
  public int size() {
    return growth.isEmpty() ? 0 : growth.getLast().size();
  }

  /** Ranks that the group had in a clock, absent ones included; 0 where that is not known. */
  int size(int clock) {
    int size = 0;
    for (var step : growth) {
      if (step.since() <= clock) {
        size = Math.max(size, step.size());
      }
    }
    return size;
  }

  /** The first clock that a rank counts in. */
  int since(int rank) {
    for (var step : growth) {
      if (rank < step.size()) {
        return step.since();
      }
    }
    return 0;
  }

  /** Whether a rank that is not away counts in a clock. */
  public boolean counts(int rank, int clock) {
    return since(rank) <= clock && !isAbsent(rank, clock);
  }

  boolean isAbsent(int rank, int clock) {
    for (var absence : absences) {
      if (absence.rank() == rank && absence.from() <= clock && clock < absence.until()) {
        return true;
      }
    }
    return false;
  }

  /** The last absence of a rank; null where it has none. */
  public @Nullable Absence last(int rank) {
    for (int i = absences.size() - 1; i >= 0; i--) {
      if (absences.get(i).rank() == rank) {
        return absences.get(i);
      }
    }
    return null;
  }

  /** Whether a rank has gone and has not come back. */
  public boolean isAway(int rank) {
    var last = last(rank);
    return last != null && last.until() == AWAY;
  }

  /** The last absences of those ranks that have gone, or come back, with this version. */
  List<Absence> changedSince(Roster before) {
    return absences.stream()
        .filter(absence -> absence.equals(last(absence.rank())))
        .filter(absence -> !absence.equals(before.last(absence.rank())))
        .toList();
  }

  /** Whether a push of a clock is not to be counted: its worker was given up before. */
  public boolean isVoid(int rank, int incarnation, int clock) {
    for (var absence : absences) {
      if (absence.rank() == rank
          && absence.lost()
          && incarnation <= absence.incarnation()
          && clock >= absence.from()) {
        return true;
      }
    }
    return false;
  }

  /** Those that are away by this version and were not by the one before it. */
  public List<Absence> goneSince(Roster before) {
    return absences.stream()
        .filter(absence -> absence.until() == AWAY && !before.isAway(absence.rank()))
        .toList();
  }

  public int encodedBytes() {
    int bytes = 1 + 4 + 4 + growth.size() * 8 + 4 + absences.size() * 17 + 1;
    if (pending != null) {
      bytes += 4 + pending.lost().size() * 8 + 4 + pending.returning().size() * 4 + 4;
    }
    return bytes;
  }

  /** Little-endian, whatever the order of {@code target}. */
  public void write(ByteBuffer target) {
    var order = target.order();
    target.order(ByteOrder.LITTLE_ENDIAN);
    target.put((byte) FORMAT).putInt(version).putInt(growth.size());
    growth.forEach(step -> target.putInt(step.size()).putInt(step.since()));
    target.putInt(absences.size());
    for (var absence : absences) {
      target.putInt(absence.rank()).putInt(absence.incarnation());
      target.putInt(absence.from()).putInt(absence.until()).put((byte) (absence.lost() ? 1 : 0));
    }
    target.put((byte) (pending == null ? 0 : 1));
    if (pending != null) {
      target.putInt(pending.lost().size());
      pending.lost().forEach(lost -> target.putInt(lost.rank()).putInt(lost.incarnation()));
      target.putInt(pending.returning().size());
      pending.returning().forEach(target::putInt);
      target.putInt(pending.size());
    }
    target.order(order);
  }

  public byte[] encode() {
    var bytes = ByteBuffer.allocate(encodedBytes());
    write(bytes);
    return bytes.array();
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException where it is of another format
   */
  public static Roster read(ByteBuffer source) {
    var order = source.order();
    source.order(ByteOrder.LITTLE_ENDIAN);
    try {
      int format = source.get();
      if (format != FORMAT) {
        throw new IllegalArgumentException("a roster of format " + format);
      }
      int version = source.getInt();
      var growth = new ArrayList<Growth>();
      for (int left = source.getInt(); left > 0; left--) {
        growth.add(new Growth(source.getInt(), source.getInt()));
      }
      var absences = new ArrayList<Absence>();
      for (int left = source.getInt(); left > 0; left--) {
        absences.add(
            new Absence(
                source.getInt(),
                source.getInt(),
                source.getInt(),
                source.getInt(),
                source.get() != 0));
      }
      return new Roster(version, growth, absences, source.get() == 0 ? null : readChange(source));
    } finally {
      source.order(order);
    }
  }

  private static Change readChange(ByteBuffer source) {
    var lost = new ArrayList<Lost>();
    for (int left = source.getInt(); left > 0; left--) {
      lost.add(new Lost(source.getInt(), source.getInt()));
    }
    var returning = new ArrayList<Integer>();
    for (int left = source.getInt(); left > 0; left--) {
      returning.add(source.getInt());
    }
    return new Change(lost, returning, source.getInt());
  }
}
