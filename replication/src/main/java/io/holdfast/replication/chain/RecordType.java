package io.holdfast.replication.chain;

/**
 * What a log record is; the numbers are on disk. {@link #CUT} and {@link #INSTALL} are this node's
 * own notes and have no LSN of their own; all others come from the head.
 */
public final class RecordType {
  public static final byte JOIN = 1;
  public static final byte PUSH = 2;
  public static final byte TICK = 3;
  public static final byte SAVE = 4;
  public static final byte LEAVE = 5;

  /** Changes nothing; a place in the log at which replicas compare digests. */
  public static final byte MARK = 6;

  /** What came before of the range after the LSN that it names was dropped (rule P20). */
  public static final byte CUT = 7;

  /** All that came before of the range is void: it goes on from a copy as of the LSN it names. */
  public static final byte INSTALL = 8;

  /**
   * The last record of a range that is being split: its rows and clocks as of here become those of
   * two new ranges (rule P24). Its seq is the first key of the right half, its worker and
   * incarnation are the ids of the left half and the right one.
   */
  public static final byte SEAL = 9;

  /**
   * Several pushes as one (rule P9). Its payload names them all; the header's worker, incarnation,
   * seq and clock are those of the first.
   */
  public static final byte COMBINED = 10;

  /**
   * A push that writes rows over: beside the values of each stands its optimizer state, and no rule
   * is applied. Always of a caller outside any group, so it never waits for a clock. A type of its
   * own, so that a node that does not know it stops instead of taking it for a push.
   */
  public static final byte REPLACE = 12;

  /** A worker opens a work queue; home ranges only. Makes the queue if need be. */
  public static final byte QUEUE_OPEN = 16;

  /** A worker takes a shard of a work queue; the seq is the number of the take. */
  public static final byte QUEUE_TAKE = 17;

  /** A {@link #SAVE} with what is done of work queues as of it. */
  public static final byte SAVE_WORK = 18;

  /**
   * A version of the job's roster: who counts in which clock ({@link Roster}). Its payload holds
   * it, its clock is the version.
   */
  public static final byte ROSTER = 11;

  /**
   * Flag of a push that a copy brought: its LSN is not after those around it, and it waits for the
   * end of its clock.
   */
  public static final byte HELD = 1;

  private RecordType() {}
}
