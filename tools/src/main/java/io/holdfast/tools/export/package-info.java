/**
 * Tables as files of safetensors and NumPy: writing them from a cluster's replicas, and reading
 * them back.
 *
 * <p>The formats ({@link io.holdfast.tools.export.SafetensorsHeader}, {@link
 * io.holdfast.tools.export.NpyHeader}) are pure; the classes that move rows hold a few megabytes
 * whatever the table's size. For one thread each.
 */
@NullMarked
package io.holdfast.tools.export;

import org.jspecify.annotations.NullMarked;
