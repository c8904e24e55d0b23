package io.holdfast.replication.shard;

import java.nio.ByteBuffer;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The newest state that each worker of a job has saved, on the job's home range. */
final class SavedStates {
  /** What one worker saved with one clock. */
  record SavedState(int clock, byte[] state) {}

  private final TreeMap<Integer, SavedState> states = new TreeMap<>();

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

  int encodedBytes() {
    int bytes = 4;
    for (var saved : states.values()) {
      bytes += 12 + saved.state().length;
    }
    return bytes;
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
  }

  static SavedStates read(ByteBuffer source) {
    var states = new SavedStates();
    int count = source.getInt();
    for (int i = 0; i < count; i++) {
      int rank = source.getInt();
      int clock = source.getInt();
      byte[] state = new byte[source.getInt()];
      source.get(state);
      states.save(rank, clock, state);
    }
    return states;
  }
}
