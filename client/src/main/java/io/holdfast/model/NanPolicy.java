package io.holdfast.model;

/**
 * What a server does with a push that holds a NaN or an infinity (rule P4). Has no meaning for
 * int64.
 */
public enum NanPolicy {
  /**
   * The whole push (of that range) is refused with {@link ErrorCode#NOT_A_NUMBER}; nothing changes.
   */
  REFUSE,
  /** Each such value is taken as zero. */
  ZERO,
  /** Values are taken as they are. */
  ALLOW
}
