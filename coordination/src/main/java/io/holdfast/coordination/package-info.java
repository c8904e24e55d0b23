/**
 * Who serves what: jobs, tables, their ranges and the chains of those, and which nodes live.
 *
 * <p>Decisions ({@link io.holdfast.coordination.Planner}, {@link
 * io.holdfast.coordination.ChainChanges}, {@link io.holdfast.coordination.Tables}, {@link
 * io.holdfast.coordination.RangePlan}) are pure functions from state to state; a {@link
 * io.holdfast.coordination.Catalog} keeps what was decided, each change a compare-and-set of the
 * whole. {@link io.holdfast.coordination.Membership} and {@link
 * io.holdfast.coordination.Controller} have a thread each, and decide nothing but when to plan.
 * Knows nothing of logs and rows.
 */
@NullMarked
package io.holdfast.coordination;

import org.jspecify.annotations.NullMarked;
