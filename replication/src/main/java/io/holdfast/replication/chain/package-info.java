/**
 * The protocol core of a range: who may append what, what is committed, which clocks are there
 * (rules P4-P15 of docs/protocol.md).
 *
 * <p>Pure: no thread, no clock, no random source, no I/O, no logging. One thread calls it, the
 * shard's. A single node is a chain of length one and runs the same code.
 */
@NullMarked
package io.holdfast.replication.chain;

import org.jspecify.annotations.NullMarked;
