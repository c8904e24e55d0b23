/**
 * A cluster of real processes on this machine: {@code holdfast cluster}, and what the fault
 * injection stands on.
 *
 * <p>Each server is a child process with the JVM, flags and class path of this one. A child ends
 * with this process, whatever ends that: its standard input is a pipe of this process, and servers
 * started here stop when it ends. All output of a child goes to a file beside its data. Signals are
 * sent to process ids that this process started, to no other.
 */
@NullMarked
package io.holdfast.tools.local;

import org.jspecify.annotations.NullMarked;
