package io.holdfast.it.sim;

/** What must hold after every step of every run. */
enum Invariant {
  /** A push that was acknowledged is in the state of the range for good. */
  NO_ACKED_PUSH_LOST,
  /** However often it was sent. */
  NONE_APPLIED_TWICE,
  /** What a replica applies is durable on all members of the activated epoch. */
  STATE_WITHIN_COMMIT,
  /** Nothing is taken while fewer members serve than the table asks for. */
  ENOUGH_REPLICAS,
  /** One node, in one life, gives all LSNs of an epoch. */
  ONE_WRITER_PER_EPOCH,
  /** Nobody's clock or seq goes back as LSNs grow. */
  CLOCKS_MONOTONIC,
  /** All ranges have the same in each version of the roster, and no clock is ended without one. */
  GROUPS_AGREE,
  /** A pull sees its worker's pushes, and those of the others up to the staleness bound. */
  PULLS_WITHIN_BOUND,
  /** A "latest" pull sees all that was acknowledged, or shown to another, before it was sent. */
  LATEST_IS_LATEST,
  /** Replicas that have applied the same LSN are bit-identical. */
  REPLICAS_IDENTICAL,
  /** Once all is healed, every call is answered and every range is whole again. */
  CONVERGES,
  /** No replica finds itself in a state that it cannot be in. */
  NO_INTERNAL_ERROR
}
