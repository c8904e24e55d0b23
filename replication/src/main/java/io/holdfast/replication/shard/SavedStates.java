package io.holdfast.replication.shard;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest state that each worker of a job has saved, and the job's work queues, of which what is
 * done is saved with those states; on the job's home range.
 */
final class SavedStates {
  /** What one worker saved with one clock. */
  record SavedState(int clock, byte[] state) {}

  private final TreeMap<Integer, SavedState> states = new TreeMap<>();
  private final WorkQueues queues;

  SavedStates() {
    this(new WorkQueues());
  }

  private SavedStates(WorkQueues queues) {
    this.queues = queues;
  }

  WorkQueues queues() {
    return queues;
  }

  @Nullable SavedState of(int rank) {
    return states.get(rank);
  }

  /** Takes it unless a newer one is there. */
  void save(int rank, int clock, byte[] state) {
    var held = states.get(rank);
    if (held == null || clock >= held.clock()) {
      states.put(rank, new SavedState(clock, state));
    }
  }

  /** The highest clock of all states, 0 where there is none. */
  int newestClock() {
    return states.values().stream().mapToInt(SavedState::clock).max().orElse(0);
  }

  /** All, by rank. */
  List<CapturedState.Saved> list() {
    var list = new ArrayList<CapturedState.Saved>();
    states.forEach(
        (rank, saved) -> list.add(new CapturedState.Saved(rank, saved.clock(), saved.state())));
    return list;
  }

  int encodedBytes() {
    int bytes = 4;
    for (var saved : states.values()) {
      bytes += 12 + saved.state().length;
    }
    return bytes + queues.encodedBytes();
  }

  void write(ByteBuffer target) {
    target.putInt(states.size());
    states.forEach(
        (rank, saved) ->
            target
                .putInt(rank)
                .putInt(saved.clock())
                .putInt(saved.state().length)
                .put(saved.state()));
    queues.write(target);
  }

  /**
   * @param withQueues whether the source has queues, as it has from format 3 of the metadata on
   */
  static SavedStates read(ByteBuffer source, boolean withQueues) {
    var read = new TreeMap<Integer, SavedState>();
    int count = source.getInt();
    for (int i = 0; i < count; i++) {
      int rank = source.getInt();
      int clock = source.getInt();
      byte[] state = new byte[source.getInt()];
      source.get(state);
      read.put(rank, new SavedState(clock, state));
    }
    var states = new SavedStates(withQueues ? WorkQueues.read(source) : new WorkQueues());
    states.states.putAll(read);
    return states;
  }
}
