/**
 * What a node keeps: logs, rows, and the rules that change rows. Opens, recovers, checkpoints;
 * knows nothing of the network.
 */
@NullMarked
package io.holdfast.store;

import org.jspecify.annotations.NullMarked;
