package io.holdfast.tools.train;

import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.model.Consistency;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Ends block proximal gradient, for all workers in the same pass, once no weight has changed by
 * more than the tolerance in a pass that looked at all of them. Each worker tells the largest
 * change that it has seen in a table of one row a pass; what is read is the sum over the workers,
 * at least the largest.
 */
final class StopRule {
  private final BlockSettings blocks;
  private final int passes;
  private final @Nullable Table changes;

  StopRule(LrSettings settings, BlockSettings blocks, Worker worker) {
    this.blocks = blocks;
    this.passes = settings.passes();
    this.changes =
        blocks.tolerance() == 0
            ? null
            : worker.table(
                settings.table() + ".changes",
                TableSpec.sparse()
                    .durability(settings.durability())
                    .consistency(Consistency.sequential(Consistency.Combine.SUM))
                    .build());
  }

  /** Says what the last pass has changed, as soon as its results are known; once in this one. */
  void tell(long pass, double largestChange) {
    if (changes != null) {
      // A push that fails is told by the tick behind it.
      var unused = changes.push(new long[] {pass}, new float[] {(float) largestChange});
    }
  }

  /**
   * Whether there is no need for this pass: by the changes in the one before the last, which all
   * have told. Blocks for a pull after each pass that looked at all weights.
   */
  boolean ends(long pass) {
    if (changes == null || pass < 2 || !blocks.looksAtAll(pass - 2, passes)) {
      return false;
    }
    try {
      return changes.pull(new long[] {pass - 1}).join().floats()[0] <= blocks.tolerance();
    } catch (CompletionException e) {
      throw e.getCause() instanceof HoldfastException known ? known : e;
    }
  }
}
