package io.holdfast.tools.snapshot;

import java.time.Instant;

/**
 * A snapshot that is being made, or was until its maker failed: its marker keeps the sweep from
 * objects that no manifest names yet.
 *
 * @param name of the snapshot
 * @param owner who is making it: of two makers of one name the later one goes on
 * @param since when that maker began or last refreshed it, by the clock of the target
 */
public record Pending(String name, String owner, Instant since) {}
