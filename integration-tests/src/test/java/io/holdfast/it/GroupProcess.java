package io.holdfast.it;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Consistency;
import io.holdfast.model.TableSpec;
import java.util.Arrays;

/**
 * A worker in a process of its own: in each clock it adds 1 to each of eight rows of a sequential
 * table of means, and prints the clock once it has pulled what all have pushed before.
 */
final class GroupProcess {
  static final int ROWS = 8;

  private GroupProcess() {}

  static TableSpec spec() {
    return TableSpec.dense(ROWS)
        .ranges(2)
        .consistency(Consistency.sequential(Consistency.Combine.MEAN))
        .build();
  }

  static long[] keys() {
    var keys = new long[ROWS];
    Arrays.setAll(keys, i -> i);
    return keys;
  }

  /**
   * @param arguments addresses, job, rank, size of the group, clocks to be finished
   */
  public static void main(String[] arguments) {
    int clocks = Integer.parseInt(arguments[4]);
    var id = WorkerId.of(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
    try (var cluster = Holdfast.connect(arguments[0])) {
      var worker = cluster.job(arguments[1]).join(id, Resume.IF_SAVED);
      var table = worker.table("t", spec());
      var ones = new float[ROWS];
      Arrays.fill(ones, 1);
      while (worker.clock() < clocks) {
        float[] rows = table.pull(keys()).join().floats();
        var unused = table.push(keys(), ones);
        worker.tick(new byte[0]).join();
        System.out.println(worker.clock() + " " + rows[0] + " " + rows[ROWS - 1]);
      }
      worker.close();
    }
  }
}
