/**
 * How calls to ranges are numbered, kept, held and sent again: the part of the client library that
 * exactly-once stands on (rules P10, P11, P14). Internal: public only so that the simulator can run
 * it in virtual time; applications use {@link io.holdfast.client}.
 *
 * <p>Pure: no threads, clock, random source or input and output. {@link
 * io.holdfast.client.retry.LinkHost} stands for all of these. Everything here is to be called under
 * one lock, or by one thread, but for {@link io.holdfast.client.retry.RangeCall#complete}, {@link
 * io.holdfast.client.retry.RangeSet#links} and where a method says so.
 */
@NullMarked
package io.holdfast.client.retry;

import org.jspecify.annotations.NullMarked;
