/**
 * {@code holdfast compare ...}: the same job under several settings, one run after the other on one
 * server, side by side in one table.
 *
 * <p>Jobs use the public client library only. What is measured is what the connection of the
 * workers counts, and processor time as the operating system counts it for this process and the
 * server's.
 */
@NullMarked
package io.holdfast.tools.compare;

import org.jspecify.annotations.NullMarked;
