package io.holdfast.model;

/**
 * Every error that a server or the client library reports; on the wire the name is {@code
 * ErrorInfo.reason}.
 */
public enum ErrorCode {
  UNKNOWN_TABLE(Retry.NEVER),
  UNKNOWN_JOB(Retry.NEVER),
  UNKNOWN_RANGE(Retry.AFTER_REROUTE),
  STALE_EPOCH(Retry.AFTER_REROUTE),
  TABLE_MISMATCH(Retry.NEVER),
  UNKNOWN_QUEUE(Retry.NEVER),
  QUEUE_MISMATCH(Retry.NEVER),
  SHARD_NOT_HELD(Retry.NEVER),
  INVALID_DEFINITION(Retry.NEVER),
  UNKNOWN_RULE(Retry.NEVER),
  WRONG_WIDTH(Retry.NEVER),
  WRONG_TYPE(Retry.NEVER),
  KEYS_NOT_ASCENDING(Retry.NEVER),
  KEY_OUT_OF_RANGE(Retry.NEVER),
  NOT_A_NUMBER(Retry.NEVER),
  LIMIT_EXCEEDED(Retry.NEVER),
  MALFORMED_FRAME(Retry.NEVER),
  UNSUPPORTED_PROTOCOL(Retry.NEVER),
  NOT_JOINED(Retry.NEVER),
  STALE_INCARNATION(Retry.NEVER),
  SEQ_GAP(Retry.NEVER),
  INVALID_CLOCK(Retry.NEVER),
  INVALID_ARGUMENT(Retry.NEVER),
  KEYS_UNKNOWN(Retry.AFTER_DELAY),
  DISK_FULL(Retry.AFTER_DELAY),
  OVERLOADED(Retry.AFTER_DELAY),
  NOT_READY(Retry.AFTER_DELAY),
  UNDER_REPLICATED(Retry.AFTER_REROUTE),
  DEADLINE_EXCEEDED(Retry.AFTER_DELAY),
  UNAVAILABLE(Retry.AFTER_DELAY),
  STORE_FAILED(Retry.AFTER_REROUTE),
  QUARANTINED(Retry.AFTER_REROUTE),
  OUTCOME_UNKNOWN(Retry.UNKNOWN_OUTCOME),
  CLOSED(Retry.NEVER),
  INTERNAL(Retry.NEVER);

  private final Retry retry;

  ErrorCode(Retry retry) {
    this.retry = retry;
  }

  public Retry retry() {
    return retry;
  }
}
