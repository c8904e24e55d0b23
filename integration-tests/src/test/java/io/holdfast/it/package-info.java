/**
 * What only shows when all parts run together: a real server, real clients, real processes, real
 * faults.
 */
@NullMarked
package io.holdfast.it;

import org.jspecify.annotations.NullMarked;
