/** Tests of the data directory. */
@NullMarked
package io.holdfast.store.disk;

import org.jspecify.annotations.NullMarked;
