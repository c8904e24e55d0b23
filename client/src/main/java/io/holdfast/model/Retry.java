package io.holdfast.model;

/** What a caller can do after an error. */
public enum Retry {
  /**
   * The request itself is wrong, or its sender is: sending it again gives the same answer. Nothing
   * was changed.
   */
  NEVER,
  /**
   * Nothing was changed; the same request may be taken later. The client library does that by
   * itself.
   */
  AFTER_DELAY,
  /** Another node serves the range. The client library follows by itself. */
  AFTER_REROUTE,
  /**
   * It is not known whether the push is in. The same seq may be sent again; a new seq may not (rule
   * P11).
   */
  UNKNOWN_OUTCOME
}
