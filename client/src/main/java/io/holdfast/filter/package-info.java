/**
 * Filters: what makes pushes and pulls smaller on the wire (Li et al., OSDI '14, section 5.1). An
 * {@link io.holdfast.filter.Encoding} says how values and keys travel; {@link
 * io.holdfast.filter.RowCodec} turns values into the bytes that docs/wire-protocol.md describes,
 * and back.
 */
@NullMarked
package io.holdfast.filter;

import org.jspecify.annotations.NullMarked;
