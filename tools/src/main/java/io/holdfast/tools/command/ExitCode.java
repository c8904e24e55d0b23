package io.holdfast.tools.command;

import io.holdfast.model.ErrorCode;

/** What the launcher's process ends with. */
public enum ExitCode {
  OK(0, "done"),
  FAILED(1, "failed for a reason that is none of the others"),
  USAGE(2, "the command line is wrong; nothing was done"),
  UNREACHABLE(3, "no node of the cluster answers, or a target of snapshots cannot be reached"),
  REFUSED(4, "the cluster refuses: the request does not suit it"),
  NOT_FOUND(5, "there is no such job, table or snapshot"),
  BUSY(6, "the cluster cannot do it now; nothing was changed, try later"),
  UNKNOWN_OUTCOME(7, "whether a push is in is not known"),
  UNDER_REPLICATED(8, "the cluster serves, and a range has fewer replicas than its table asks for"),
  DIFFERENT(9, "replicas differ, a fault broke a promise, or a snapshot is damaged");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  public int number() {
    return number;
  }

  /** One phrase for the documentation. */
  public String meaning() {
    return meaning;
  }

  /** What an error of the cluster or the client library ends a command with. */
  public static ExitCode of(ErrorCode code) {
    return switch (code) {
      case UNKNOWN_TABLE, UNKNOWN_JOB, UNKNOWN_QUEUE, UNKNOWN_SNAPSHOT -> NOT_FOUND;
      case UNAVAILABLE, TARGET_UNAVAILABLE -> UNREACHABLE;
      case SNAPSHOT_DAMAGED -> DIFFERENT;
      case INVALID_ARGUMENT -> USAGE;
      case OUTCOME_UNKNOWN -> UNKNOWN_OUTCOME;
      case DISK_FULL, OVERLOADED, NOT_READY, UNDER_REPLICATED, DEADLINE_EXCEEDED -> BUSY;
      case TABLE_MISMATCH,
          QUEUE_MISMATCH,
          SHARD_NOT_HELD,
          INVALID_DEFINITION,
          UNKNOWN_RULE,
          WRONG_WIDTH,
          WRONG_TYPE,
          KEYS_NOT_ASCENDING,
          KEY_OUT_OF_RANGE,
          NOT_A_NUMBER,
          LIMIT_EXCEEDED,
          MALFORMED_FRAME,
          UNSUPPORTED_PROTOCOL,
          NOT_JOINED,
          STALE_INCARNATION,
          EXPELLED,
          SEQ_GAP,
          INVALID_CLOCK,
          SNAPSHOT_EXISTS,
          UNSUPPORTED_FORMAT ->
          REFUSED;
      case UNKNOWN_RANGE, STALE_EPOCH, KEYS_UNKNOWN, STORE_FAILED, QUARANTINED, CLOSED, INTERNAL ->
          FAILED;
    };
  }
}
