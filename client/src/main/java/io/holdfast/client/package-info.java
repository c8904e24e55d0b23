/**
 * The public client library: connect, open tables, push and pull under worker clocks.
 *
 * <p>All types may be used from any thread. Calls return futures and do not block, but for
 * back-pressure: a call that would exceed the window of bytes in flight waits for room. The library
 * sends again what a broken connection left unanswered, under the same seq; a caller sees an error
 * only where its own choice is needed.
 */
@NullMarked
package io.holdfast.client;

import org.jspecify.annotations.NullMarked;
