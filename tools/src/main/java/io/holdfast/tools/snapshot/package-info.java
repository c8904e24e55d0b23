/**
 * The repository of snapshots: objects that are stored once, named by the SHA-256 of their content,
 * and for each snapshot one {@linkplain io.holdfast.tools.snapshot.Manifest manifest} that says
 * which of them it is made of. In a directory or in an S3-compatible object store.
 *
 * <p>All calls block while they read and write. {@link io.holdfast.tools.snapshot.Repository} may
 * be used by many threads and many processes at once; only deletion excludes those that store. What
 * is durable when is said at each method. Nothing here knows of nodes, RocksDB or the network of a
 * cluster: who captures and who restores stand on this.
 *
 * <p>Invariants: an object never changes; a manifest is written after all that it names, in one
 * step; an object that a readable manifest names is never deleted.
 */
@NullMarked
package io.holdfast.tools.snapshot;

import org.jspecify.annotations.NullMarked;
