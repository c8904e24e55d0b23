/**
 * Filters: what makes pushes and pulls smaller on the wire (Li et al., OSDI '14, section 5.1). An
 * {@link io.holdfast.filter.Encoding} says how values and keys travel; {@link
 * io.holdfast.filter.RowCodec} turns values into the bytes that docs/wire-protocol.md describes,
 * and back. {@link io.holdfast.filter.Filters} names all that a worker puts between itself and a
 * table; a {@link io.holdfast.filter.PushFilter} decides which rows of a push travel now, and
 * {@link io.holdfast.filter.PushPipeline} carries the others over.
 *
 * <p>No I/O, no clock, and no thread of its own: a pipeline is locked by whoever calls it.
 */
@NullMarked
package io.holdfast.filter;

import org.jspecify.annotations.NullMarked;
