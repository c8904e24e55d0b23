/**
 * {@code holdfast sketch}: a CountMin sketch whose counters are a table of the cluster.
 *
 * <p>{@link io.holdfast.tools.sketch.CountMin} says which counters an item has, {@link
 * io.holdfast.tools.sketch.Inserter} counts, {@link io.holdfast.tools.sketch.Estimator} asks. They
 * use the public client library only, and are an example of its use with many small pushes;
 * everything else reads items, measures and reports.
 */
@NullMarked
package io.holdfast.tools.sketch;

import org.jspecify.annotations.NullMarked;
