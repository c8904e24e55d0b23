package io.holdfast.replication.chain;

import java.util.List;

/**
 * What replicas of one range tell each other beside the records themselves. Every one names the
 * epoch that it was sent in (rule P1).
 */
public sealed interface ChainMessage {
  int epoch();

  /** To the predecessor: I have adopted the epoch, attach me. */
  record Ready(int epoch) implements ChainMessage {}

  /**
   * To the successor: this is my log (rule P20).
   *
   * @param lastLsn where it ends
   * @param committedLsn of it is committed, as far as I know
   * @param boundaries which head gave which LSNs, oldest first
   */
  record Attach(int epoch, long lastLsn, long committedLsn, List<Boundary> boundaries)
      implements ChainMessage {
    public Attach {
      boundaries = List.copyOf(boundaries);
    }
  }

  /** To the predecessor: my log is yours up to here and ends here; send what comes after. */
  record Attached(int epoch, long lsn) implements ChainMessage {}

  /**
   * To the successor, beside the records or with none to send.
   *
   * @param durableLsn durable on every serving replica from the head to here (rule P6)
   * @param committedLsn committed, as far as I know; what a syncing replica applies up to
   * @param activated whether anything may commit in this epoch (rule P3)
   */
  record Progress(int epoch, long durableLsn, long committedLsn, boolean activated)
      implements ChainMessage {}

  /**
   * To the predecessor.
   *
   * @param committedLsn durable on every serving replica
   * @param durableLsn durable here; how far a syncing replica has come
   * @param adopted all serving replicas from here to the tail have adopted the epoch and hold logs
   *     that agree
   */
  record Ack(int epoch, long committedLsn, long durableLsn, boolean adopted)
      implements ChainMessage {}

  /** To whoever speaks of an older epoch: there is a newer one, fetch it (rule P1). */
  record Fenced(int epoch) implements ChainMessage {}

  /** From {@code firstLsn} on, records carry this epoch, up to the next boundary. */
  record Boundary(int recordEpoch, long firstLsn) {}
}
