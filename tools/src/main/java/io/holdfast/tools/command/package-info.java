/**
 * The command line: one class per command, in the manner of etcdctl and restic.
 *
 * <p>Results go to standard output, everything else to standard error. {@code --output json} prints
 * one JSON document. Errors are one line, {@code holdfast: CODE: message}, and an {@link
 * io.holdfast.tools.command.ExitCode}. Commands run on the main thread and hold no state between
 * runs.
 */
@NullMarked
package io.holdfast.tools.command;

import org.jspecify.annotations.NullMarked;
