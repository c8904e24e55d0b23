/**
 * {@code holdfast faults}: kills, stops, cuts off and empties real processes of a cluster while
 * workers push, and counts what that did to the promises.
 *
 * <p>Every push adds 1 to a counter of its worker's own, so that a counter says exactly how many
 * pushes are in it. The {@link io.holdfast.tools.faults.Ledger} knows how many were acknowledged,
 * and how many have no answer. The load runs on the client library's threads and one thread for
 * each worker; faults are injected by the command's thread, one after the other.
 */
@NullMarked
package io.holdfast.tools.faults;

import org.jspecify.annotations.NullMarked;
