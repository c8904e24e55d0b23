/**
 * {@code holdfast train mf}: matrix factorisation of ratings, whose users and items are embedding
 * rows of a table (Koren, Bell and Volinsky, IEEE Computer 42(8), 2009).
 *
 * <p>{@link io.holdfast.tools.mf.MfWorker} is the job and uses the public client library only; it
 * is an example of its use for embeddings that the server updates. {@link
 * io.holdfast.tools.mf.RatingBatch} computes gradients and knows nothing of a cluster. Each worker
 * runs on a thread of its own; the command's thread watches and evaluates. {@link
 * io.holdfast.tools.mf.Ratings} are shared by all of them and never changed.
 */
@NullMarked
package io.holdfast.tools.mf;

import org.jspecify.annotations.NullMarked;
