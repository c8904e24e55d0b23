package io.holdfast.tools.sketch;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.job.RunLife;
import io.holdfast.tools.job.RunOptions;
import java.util.LinkedHashMap;
import java.util.Locale;

/**
 * What a run does.
 *
 * @param workers that insert
 * @param batch items of a push
 * @param inFlight pushes of a worker that have no answer yet, at most
 * @param replicas of the table; 0: as many as the cluster makes by itself
 * @param life which run this is; a state is saved every so many batches as it says clocks
 */
record SketchSettings(
    CountMin sketch,
    int workers,
    int batch,
    int inFlight,
    Durability durability,
    int replicas,
    String job,
    String table,
    RunLife life) {
  SketchSettings {
    positive("--workers", workers);
    positive("--batch", batch);
    positive("--in-flight", inFlight);
  }

  /** The same in another life, or for a run. */
  SketchSettings living(RunLife now) {
    return new SketchSettings(
        sketch, workers, batch, inFlight, durability, replicas, job, table, now);
  }

  /**
   * The options that decide what is pushed.
   *
   * @param items what is counted
   */
  RunOptions deciding(String items, double epsilon, double delta, long seed) {
    var values = new LinkedHashMap<String, String>();
    values.put("items", items);
    values.put("--workers", "" + workers);
    values.put("--batch", "" + batch);
    values.put("--epsilon", "" + epsilon);
    values.put("--delta", "" + delta);
    values.put("--seed", "" + seed);
    values.put("--durability", durability.name().toLowerCase(Locale.ROOT));
    values.put("--table", table);
    return new RunOptions("sketch", values);
  }

  TableSpec tableSpec() {
    var spec =
        TableSpec.dense(sketch.cells())
            .int64()
            .durability(durability)
            .consistency(Consistency.eventual());
    return replicas == 0 ? spec.build() : spec.replicas(replicas).build();
  }

  private static void positive(String option, int value) {
    if (value < 1) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, option + " must be 1 or more, not " + value);
    }
  }
}
