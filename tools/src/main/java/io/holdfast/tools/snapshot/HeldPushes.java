package io.holdfast.tools.snapshot;

/**
 * Pushes of a sequential table that are committed and wait for the end of their clock, which are
 * not in the rows: one object.
 *
 * @param object where they are
 * @param records how many
 */
public record HeldPushes(StoredObject object, int records) {}
