package io.holdfast.client;

import io.holdfast.filter.Filters;
import io.holdfast.filter.PipelineState;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The filters of all tables of a worker, and what they hold back as part of its state.
 *
 * <p>One lock orders filtered pushes among each other and with ticks that save: a push goes through
 * its filter and takes its seqs in one step, and a state is saved between two of them. So what is
 * saved as held back is what the pushes under the saved seqs have left. A push may wait for room in
 * the window under it; what makes room does not need it.
 */
final class WorkerFilters {
  private final int rank;
  private final ReentrantLock order = new ReentrantLock();
  // By table id: the order in which tables are released.
  private final TreeMap<Integer, TableFilter> filters = new TreeMap<>();
  private final TreeMap<Integer, RemoteTable> tables = new TreeMap<>();
  // What the worker resumes from, of tables that it has not opened yet.
  private final TreeMap<Integer, byte[]> resumed = new TreeMap<>();

  WorkerFilters(int rank, Map<Integer, byte[]> resumed) {
    this.rank = rank;
    this.resumed.putAll(resumed);
  }

  /** Runs a step that nothing of its kind may come between. */
  <T> T inOrder(Supplier<T> step) {
    order.lock();
    try {
      return step.get();
    } finally {
      order.unlock();
    }
  }

  /** A table that was restored from a snapshot has what was held back for the one it was then. */
  void renamed(List<Integer> formerIds, int id) {
    inOrder(
        () -> {
          for (int former : formerIds) {
            byte[] held = resumed.remove(former);
            if (held != null) {
              resumed.put(id, held);
            }
          }
          return id;
        });
  }

  /**
   * The filters of a table, the same however often it is opened.
   *
   * @throws HoldfastException INVALID_ARGUMENT where they do not suit the table, or the worker has
   *     it open with others, or resumes from a state that others have left
   */
  RemoteTable open(int id, RemoteTable table, Filters asked) {
    asked.checkSuits(table.name(), table.spec());
    return inOrder(
        () -> {
          TableFilter known = filters.get(id);
          if (asked.carries() && known == null) {
            known = begin(id, table.spec(), asked);
            filters.put(id, known);
            tables.put(id, table.filtered(known));
          } else if (known != null ? !known.filters().equals(asked) : resumed.containsKey(id)) {
            throw new HoldfastException(
                ErrorCode.INVALID_ARGUMENT,
                "this worker has table "
                    + table.name()
                    + " with the filters '"
                    + (known != null ? known.filters() : savedFilters(id))
                    + "', not '"
                    + asked
                    + "', and they may hold rows back; open it with those");
          }
          return known == null ? table : table.filtered(known);
        });
  }

  private TableFilter begin(int id, TableSpec spec, Filters asked) {
    var begun = new TableFilter(this, asked, spec, rank);
    begun.resume(resumed.get(id));
    resumed.remove(id);
    return begun;
  }

  private String savedFilters(int id) {
    byte[] saved = resumed.get(id);
    return saved == null ? "" : PipelineState.decode(saved).filters();
  }

  /** Sends all that is held back, table by table. */
  void release() {
    var unused =
        inOrder(
            () -> {
              var released = new ArrayList<CompletableFuture<Void>>();
              tables.values().forEach(table -> released.add(table.release()));
              return released; // a worker's flush hears of them by its record of pushes
            });
  }

  /** What is held back, by table id, for a saved state. Within {@link #inOrder}. */
  Map<Integer, byte[]> save() {
    var saved = new TreeMap<>(resumed);
    filters.forEach((id, filter) -> saved.put(id, filter.save().encode()));
    return saved;
  }
}
