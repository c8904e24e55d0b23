package io.holdfast.replication.shard;

/**
 * What a lost worker means for its job.
 *
 * @param leave it is given up and the others go on; else they wait for it
 * @param lostAfterMillis without a word from it until it counts as lost
 */
public record GroupPolicy(boolean leave, int lostAfterMillis) {
  public static final int DEFAULT_LOST_AFTER_MILLIS = 10_000;

  /** Of a job that says nothing. */
  public static final GroupPolicy DEFAULT = new GroupPolicy(false, DEFAULT_LOST_AFTER_MILLIS);
}
