/** Repositories in directories and stores that fail. */
@NullMarked
package io.holdfast.snapshot;

import org.jspecify.annotations.NullMarked;
