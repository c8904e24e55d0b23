package io.holdfast.replication.shard;

import io.holdfast.store.log.LogRecord;
import io.holdfast.store.log.ShardLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last steps by which rows that have been collected aside become a range, in the order that
 * makes every crash safe: INSTALL and the pushes that are in no row yet are logged; once they are
 * durable, rows and metadata are put in the place of all that the store has of the range, in one
 * step. Belongs to the shard's thread.
 */
final class Installation {
  private final List<LogRecord> held = new ArrayList<>();
  private long loggedIndex = Long.MAX_VALUE;
  private byte @Nullable [] metadata;
  private boolean completing;

  /**
   * The rows are aside: logs what belongs into the log. The caller has the log synced.
   *
   * @throws io.holdfast.store.log.LogException where that cannot be
   */
  void log(
      ShardLog log, LocalNotes notes, int range, RangeMetadata made, Iterable<HeldPush> pushes) {
    notes.install(range, made.chain().appliedLsn());
    for (var push : pushes) {
      held.add(notes.append(push.header(), push.payload()));
    }
    loggedIndex = log.lastIndex();
    // By the index of another log a restart would take this one for cut short.
    metadata = new RangeMetadata(made.chain(), made.states(), loggedIndex).encode();
  }

  /** What the rows are to be completed with, once that is due; null else, and after that. */
  byte @Nullable [] takeDue(ShardLog log) {
    if (completing || log.durableIndex() < loggedIndex) {
      return null;
    }
    completing = true;
    return metadata;
  }

  /** Whether the rows are being completed: too late to call it off. */
  boolean isCompleting() {
    return completing;
  }

  /** What the range's metadata are, once logged. */
  byte @Nullable [] metadata() {
    return metadata;
  }

  /** The pushes that wait for their clock, as they stand in the log. */
  List<LogRecord> held() {
    return held;
  }

  /** Index of the oldest record that is needed for it; {@code Long.MAX_VALUE} for none. */
  long oldestIndex() {
    return held.isEmpty() ? Long.MAX_VALUE : held.getFirst().index();
  }
}
