/**
 * The value types that client and servers share: tables and their settings, keys, ranges, errors.
 *
 * <p>All are immutable and check themselves when made; none does any I/O.
 */
@NullMarked
package io.holdfast.model;

import org.jspecify.annotations.NullMarked;
