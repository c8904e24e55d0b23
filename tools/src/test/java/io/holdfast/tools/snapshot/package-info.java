/** Repositories in directories and stores that fail. */
@NullMarked
package io.holdfast.tools.snapshot;

import org.jspecify.annotations.NullMarked;
