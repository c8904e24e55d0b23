package io.holdfast.tools.faults;

import io.holdfast.model.Durability;
import io.holdfast.model.TableSpec;
import java.util.stream.LongStream;

/**
 * The table of counters: each worker has its own, in every lane the same number. A lane is a part
 * of the keys in which a range of the table lies.
 *
 * @param workers that push
 * @param lanes ranges of the table
 * @param perLane counters of a worker in a lane
 * @param staleness of the table, in clocks
 */
record Counters(int workers, int lanes, int perLane, int staleness) {
  static final String JOB = "holdfast-faults";
  static final String TABLE = "counters";

  /** Its definition. */
  TableSpec spec(Durability durability) {
    return TableSpec.dense(rows())
        .int64()
        .ranges(lanes)
        .staleness(staleness)
        .durability(durability)
        .build();
  }

  int rows() {
    return workers * lanes * perLane;
  }

  /** Key of a worker's counter. */
  int key(int worker, int lane, int counter) {
    return (lane * workers + worker) * perLane + counter;
  }

  int lane(long key) {
    return (int) key / (workers * perLane);
  }

  int worker(int key) {
    return key / perLane % workers;
  }

  /** All keys, ascending. */
  long[] keys() {
    return LongStream.range(0, rows()).toArray();
  }

  /** Keys of one lane, ascending. */
  long[] keys(int lane) {
    return LongStream.range((long) lane * workers * perLane, (lane + 1L) * workers * perLane)
        .toArray();
  }
}
