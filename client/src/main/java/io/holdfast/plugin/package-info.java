/**
 * What a user implements to add update rules, proximal operators and range functions to the
 * servers: classes named in {@code META-INF/services} of a jar in the server's plug-in directory.
 *
 * <p>Implementations are called on the thread that owns a range, must be deterministic (every
 * replica and every replay has to make the same bits: no clock, no random source, {@link
 * java.lang.StrictMath} for transcendental functions), must not block, and must not throw once
 * made.
 */
@NullMarked
package io.holdfast.plugin;

import org.jspecify.annotations.NullMarked;
