/**
 * Rows that a worker keeps, and when they may answer a pull. Pure: no thread, clock or lock of its
 * own; the caller gives the worker's clock and guards what is shared.
 */
@NullMarked
package io.holdfast.client.cache;

import org.jspecify.annotations.NullMarked;
