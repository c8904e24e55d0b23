package io.holdfast.tools.job;

/** What a command does where its job may have been begun before. */
public enum Start {
  /** Begin, and refuse a job that has been begun: it may have days of work in it. */
  NEW,
  /** Go on from what was saved; begin where nothing has been begun. */
  RESUME,
  /** Drop the job with all its tables, and begin. */
  FRESH
}
