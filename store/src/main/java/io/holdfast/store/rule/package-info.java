/**
 * Update rules, proximal operators and range functions: the built-in ones, and those of plug-ins.
 *
 * <p>Pure arithmetic over arrays: no I/O, no clock, no random source, the same bits on every
 * machine. Values and state are float32, each operation is rounded to float32 in the order that the
 * code has (Java's arithmetic is strict), roots are the exact {@link java.lang.Math#sqrt}, and
 * powers are {@link java.lang.StrictMath}'s. Applying a push is total: NaN, infinities and overflow
 * make values, never errors (rule P4).
 *
 * <p>A {@link io.holdfast.store.rule.RuleBook} may be used from any thread; a {@link
 * io.holdfast.store.rule.BatchRule} and a range function belong to one.
 */
@NullMarked
package io.holdfast.store.rule;

import org.jspecify.annotations.NullMarked;
