package io.holdfast.client;

import io.holdfast.filter.Encoding;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of one push are encoded.
 *
 * @param seed of random rounding: the same push with the same seed sends the same bytes
 * @param residue for a lossy number format: an array like the push's values, which becomes each
 *     value less what the server will read of it, before the push returns to its caller. Rows of
 *     pieces that were not made, because the push failed before, keep what they have
 */
record PushEncoding(Encoding encoding, long seed, float @Nullable [] residue) {}
