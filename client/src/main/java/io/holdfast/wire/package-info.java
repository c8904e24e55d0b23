/**
 * The wire protocol {@code holdfast.v1}: frames of the data path, read and written without copying
 * or boxing their bulk arrays, over the schema of {@code exchange.proto}.
 *
 * <p>Inbound frames refer to the transport's buffers until they are closed; outbound frames write
 * themselves straight into the transport's buffers. Nothing here does any I/O of its own.
 */
@NullMarked
package io.holdfast.wire;

import org.jspecify.annotations.NullMarked;
