/**
 * The public client library: connect, open tables, push and pull under worker clocks.
 *
 * <p>All types may be used from any thread. Calls return futures and do not block, but for
 * back-pressure: a call that would exceed the window of bytes in flight waits for room. The library
 * sends again what a broken connection left unanswered, under the same seq; a caller sees an error
 * only where its own choice is needed.
 *
 * <p>Futures complete, and calls made by {@link io.holdfast.client.Table#after} start, on threads
 * of the library that are made as needed: what is chained to a future may block and may call again.
 * The event loops of the transport only copy bytes, between its buffers and the caller's arrays.
 *
 * <p>Any node of a cluster will do to begin with; the others are learnt from the map. Moves,
 * failovers and splits of ranges are followed by watching the map and by asking for it.
 *
 * <p>Inside: a {@code Session} is one incarnation of a worker; the pure package {@code retry}
 * numbers its calls and keeps them until they are answered; a {@code NodeStream} carries them to
 * one node. One lock per session guards all three, and under it nothing blocks and no bulk bytes
 * move, but for the keys of calls whose range is split.
 */
@NullMarked
package io.holdfast.client;

import org.jspecify.annotations.NullMarked;
