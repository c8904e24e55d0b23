/** Tests of the log, each on both kinds. */
@NullMarked
package io.holdfast.store.log;

import org.jspecify.annotations.NullMarked;
