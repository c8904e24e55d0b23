package io.holdfast.replication.chain;

import io.holdfast.wire.DeltaRuns;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Clocks as checkpoints and copies hold them: a column each for ranks, incarnations, clocks with
 * the mark of those that have left, and seqs. Most workers differ from the one before them in
 * nothing but the rank, so a column takes a few bytes.
 */
final class ClockColumns {
  private static final int COLUMNS = 4;

  private final long[][] columns;
  private int count;

  ClockColumns(int workers) {
    columns = new long[COLUMNS][workers];
  }

  /** In the order of ranks. */
  void add(int rank, long seq, long life) {
    columns[0][count] = rank;
    columns[1][count] = Life.incarnation(life);
    columns[2][count] = 2L * Life.clock(life) + (Life.hasLeft(life) ? 1 : 0);
    columns[3][count] = seq;
    count++;
  }

  /** Little-endian: u32 size of the group, u32 workers, of each column u32 length and its bytes. */
  byte[] encode(int groupSize) {
    var coded = new byte[COLUMNS][];
    int length = 2 * Integer.BYTES;
    for (int i = 0; i < COLUMNS; i++) {
      coded[i] = DeltaRuns.encode(columns[i], count);
      length += Integer.BYTES + coded[i].length;
    }
    var bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(groupSize).putInt(count);
    for (byte[] column : coded) {
      bytes.putInt(column.length).put(column);
    }
    return bytes.array();
  }

  /**
   * @param workers gets each, in the order of ranks
   * @return the size of the group
   */
  static int decode(ByteBuffer source, ClockTable.Visitor workers) {
    int groupSize = source.getInt();
    int count = source.getInt();
    var columns = new long[COLUMNS][count];
    for (long[] column : columns) {
      byte[] coded = new byte[source.getInt()];
      source.get(coded);
      DeltaRuns.decode(coded, column);
    }
    for (int i = 0; i < count; i++) {
      long clock = columns[2][i];
      workers.visit(
          (int) columns[0][i],
          columns[3][i],
          Life.of((int) columns[1][i], (int) (clock >>> 1), (clock & 1) != 0));
    }
    return groupSize;
  }
}
