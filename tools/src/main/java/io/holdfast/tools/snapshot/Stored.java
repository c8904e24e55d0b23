package io.holdfast.tools.snapshot;

/**
 * What storing came to.
 *
 * @param object names the content from now on
 * @param isNew false: it was there, and nothing was sent
 */
public record Stored(StoredObject object, boolean isNew) {}
