/**
 * {@code holdfast demo}: a cluster and a training job in processes, killed piece by piece while
 * somebody looks on.
 *
 * <p>{@link io.holdfast.tools.demo.Demo} is the plot, {@link io.holdfast.tools.demo.Stage} what it
 * plays on, {@link io.holdfast.tools.demo.Screen} what is seen of it, and {@link
 * io.holdfast.tools.demo.Verdict} whether all promises were kept.
 */
@NullMarked
package io.holdfast.tools.demo;

import org.jspecify.annotations.NullMarked;
