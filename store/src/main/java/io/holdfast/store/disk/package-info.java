/** A node's data directory: its identity, its lock, its free space. */
@NullMarked
package io.holdfast.store.disk;

import org.jspecify.annotations.NullMarked;
