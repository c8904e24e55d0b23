/**
 * Update rules, proximal operators and range functions: the built-in ones, and those of plug-ins.
 *
 * <p>Pure arithmetic over arrays: no I/O, no clock, no random source, the same bits on every
 * machine.
 */
@NullMarked
package io.holdfast.store.rule;

import org.jspecify.annotations.NullMarked;
