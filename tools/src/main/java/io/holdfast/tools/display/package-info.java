/**
 * How far a long command is: a bar on a terminal, lines elsewhere, always on standard error.
 *
 * <p>Used by one thread. Knows nothing of what is shown.
 */
@NullMarked
package io.holdfast.tools.display;

import org.jspecify.annotations.NullMarked;
