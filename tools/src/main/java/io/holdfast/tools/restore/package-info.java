/**
 * Restores from snapshots, as far as they are made by a command: what is to become of what ({@link
 * io.holdfast.tools.restore.RestorePlan}, pure), and having the nodes do it.
 */
@NullMarked
package io.holdfast.tools.restore;

import org.jspecify.annotations.NullMarked;
