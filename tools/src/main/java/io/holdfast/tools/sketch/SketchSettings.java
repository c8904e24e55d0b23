package io.holdfast.tools.sketch;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;

/**
 * What a run does.
 *
 * @param workers that insert
 * @param batch items of a push
 * @param inFlight pushes of a worker that have no answer yet, at most
 * @param replicas of the table; 0: as many as the cluster makes by itself
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
    boolean resume) {
  SketchSettings {
    positive("--workers", workers);
    positive("--batch", batch);
    positive("--in-flight", inFlight);
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
