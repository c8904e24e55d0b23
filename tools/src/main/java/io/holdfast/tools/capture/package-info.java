/**
 * Taking snapshots: {@code snapshot create} asks nodes for their ranges, checks that what comes
 * back belongs together, and writes the manifest (rule P29).
 *
 * <p>What decides ({@link io.holdfast.tools.capture.NodeCover}, {@link
 * io.holdfast.tools.capture.SavedOrder}, {@link io.holdfast.tools.capture.WantedRanges}) does no
 * I/O.
 */
@NullMarked
package io.holdfast.tools.capture;

import org.jspecify.annotations.NullMarked;
