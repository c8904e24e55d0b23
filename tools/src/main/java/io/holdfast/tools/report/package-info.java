/**
 * Reports of jobs: one page of HTML that refers to nothing outside of it.
 *
 * <p>Knows nothing of what is reported.
 */
@NullMarked
package io.holdfast.tools.report;

import org.jspecify.annotations.NullMarked;
