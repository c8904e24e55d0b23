package io.holdfast.replication.shard;

import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterPlan;
import java.util.List;

/**
 * What the head of a home range knows of its job's workers.
 *
 * @param roster as committed
 * @param settled whether the log has no later version
 * @param size ranks, by the joins so far
 * @param left by themselves, and not yet in the roster
 * @param lost silent for too long, where that counts, or expelled by an operator
 * @param returning away, and asking to join
 * @param wantedSize what joins ask the group to grow to; 0: nothing
 */
public record GroupView(
    Roster roster,
    boolean settled,
    int size,
    List<RosterPlan.Left> left,
    List<Roster.Lost> lost,
    List<Integer> returning,
    int wantedSize) {}
