package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;

/** What the head makes of a record that a worker wants to append (rule P10). */
public sealed interface Admission {
  Admission TAKE = new Take();
  Admission DUPLICATE_COMMITTED = new Duplicate(true);
  Admission DUPLICATE_PENDING = new Duplicate(false);

  /** It is the next one: append it. */
  record Take() implements Admission {}

  /**
   * The range has it already: acknowledge it once it is committed, do not apply it again.
   *
   * @param committed whether it is
   */
  record Duplicate(boolean committed) implements Admission {}

  /** Nothing changes. */
  record Refuse(ErrorCode code, String message) implements Admission {}
}
