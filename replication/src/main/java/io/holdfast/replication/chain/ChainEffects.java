package io.holdfast.replication.chain;

/**
 * What a {@link ChainReplica} wants done. Called on the caller's thread, within the event that
 * causes it; implementations queue what takes long and call the replica back with an event later,
 * never from within an effect.
 */
public interface ChainEffects {
  /** Send to the same range's replica on another node; may be lost if the connection breaks. */
  void send(int node, ChainMessage message);

  /**
   * Drop the pending records from this LSN on: the chain does not have them (rule P20). To be in
   * the log before anything else of the range is.
   */
  void truncate(long fromLsn);

  /** All records through {@code lsn} are committed: apply them in order, then answer. */
  void commit(long lsn);

  /**
   * All serving members have adopted the epoch and agree: record it by compare-and-set, then call
   * {@link ChainReplica#activated} (rule P3).
   */
  void activate(int epoch);

  /** Send rows as of now, and all else of the range's state, to the node that is syncing. */
  void copyTo(int node);

  /** The node has synced: make it a serving member by compare-and-set (rule P19). */
  void promote(int epoch, int node);

  /** Somebody has seen a newer configuration: read it. */
  void fetchConfiguration(int epoch);

  /** The replica holds what it cannot (rule P23); it must stop. */
  void corrupt(String reason);
}
