package io.holdfast.replication.shard;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What a shard reaches beyond its log and its rows.
 *
 * @param gate whether there is room for pushes
 * @param peers the other nodes
 * @param coordination ZooKeeper
 * @param newRanges the shards of this node
 * @param checkpoints runs the writing of checkpoints
 * @param copiesOut runs the sending of copies, which waits for other nodes, and the cutting of
 *     ranges: one thread for each
 * @param copiesIn runs the taking of copies, one task after the other
 * @param whenBroken told, on the shard's thread, where an invariant does not hold: the shard has
 *     stopped and the node must, too
 */
public record ShardPorts(
    PushGate gate,
    Peers peers,
    Coordination coordination,
    NewRanges newRanges,
    Executor checkpoints,
    Executor copiesOut,
    Executor copiesIn,
    Consumer<Throwable> whenBroken) {}
