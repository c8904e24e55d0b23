/**
 * Training jobs that come with Holdfast: {@code holdfast train lr}, sparse logistic regression.
 *
 * <p>The job uses the public client library only, so it is also an example of its use: {@link
 * io.holdfast.tools.train.LrWorker} is the whole of the distributed part of the online algorithm,
 * and {@link io.holdfast.tools.train.BlockWorker} that of delayed block proximal gradient;
 * everything else computes, reads data, measures and reports. Each worker runs on a thread of its
 * own (or in a process of its own); the command's thread watches and evaluates. {@link
 * io.holdfast.tools.train.Examples} are immutable and shared by all of them; what a worker changes
 * belongs to it alone.
 *
 * <p>Weights are keyed by feature id; key 0, which no file can hold, is the intercept.
 */
@NullMarked
package io.holdfast.tools.train;

import org.jspecify.annotations.NullMarked;
