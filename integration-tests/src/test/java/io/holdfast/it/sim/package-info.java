/**
 * The deterministic simulator: the real protocol core, planner and retry logic in a world of
 * virtual time, whose network, disks, ZooKeeper and processes fail as one seed says.
 */
@NullMarked
package io.holdfast.it.sim;

import org.jspecify.annotations.NullMarked;
