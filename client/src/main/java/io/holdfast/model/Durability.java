package io.holdfast.model;

/** What a push has to be on every serving replica before it is acknowledged (rule P6). */
public enum Durability {
  /** On disk: a group commit of the log has ended after the push was written to it. */
  FSYNC,
  /**
   * In the log's memory mapping, synced in the background: survives the death of every process, and
   * of every machine but one.
   */
  MEMORY
}
