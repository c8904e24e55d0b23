/**
 * Small files that are whole or not there: how identities and marks are written. Stateless; calls
 * block until what they wrote is on disk. Logs and the data directory stand on it, not on each
 * other.
 */
@NullMarked
package io.holdfast.store.file;

import org.jspecify.annotations.NullMarked;
