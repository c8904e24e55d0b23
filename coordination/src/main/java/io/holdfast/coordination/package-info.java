/**
 * Who serves what: jobs, tables, their ranges and where those are.
 *
 * <p>Decisions ({@link io.holdfast.coordination.RangePlan}) are pure functions; {@link
 * io.holdfast.coordination.Catalog} keeps what was decided. Knows nothing of logs and rows.
 */
@NullMarked
package io.holdfast.coordination;

import org.jspecify.annotations.NullMarked;
