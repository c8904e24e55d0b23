/**
 * {@code holdfast bench}: pushes and pulls of three shapes between two processes, beside what the
 * machine itself can do in the same minute.
 *
 * <p>One thread issues calls, at most so many at once; the client library's threads complete them.
 * Requests are made before the clock starts and used again and again, so the measured loop makes no
 * keys and no arrays.
 */
@NullMarked
package io.holdfast.tools.bench;

import org.jspecify.annotations.NullMarked;
