package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table's push filters at work for one worker, and the rows that they carry over: what was held
 * back, and what lossy encodings have left (error feedback). For the client library.
 *
 * <p>Each push goes through in this order: what is carried for its keys is added to it; each filter
 * decides in its turn; rows that were held back are carried again; the others are sent, and {@link
 * #carry} takes what their encoding leaves. So for every key, at any time, the sum of what the
 * caller has pushed is the sum of what was sent and of what is carried, up to the rounding of float
 * additions - unless a filter drops rows or changes them.
 */
public final class PushPipeline {
  private final Filters filters;
  private final int width;
  private final List<PushFilter.Stage> stages;
  private final KeyedRows carried;
  private long encoded;

  public PushPipeline(Filters filters, int width, int rank) {
    this.filters = filters;
    this.width = width;
    this.stages = filters.pushFilters().stream().map(filter -> filter.open(width, rank)).toList();
    this.carried = new KeyedRows(width);
  }

  /**
   * The rows of a push that are sent.
   *
   * @param rows indices into the placed keys, ascending
   * @param values {@code [rows][width]}, of nobody else's
   */
  public record Kept(int[] rows, float[] values) {}

  /** Rows that are carried over. */
  public synchronized int carriedRows() {
    return carried.size();
  }

  /**
   * Takes a push through the filters.
   *
   * @param values {@code [count][width]} in the caller's order; only read
   * @param order the caller's row of each placed key; null where they are the same
   */
  public synchronized Kept push(PlacedKeys keys, float[] values, int @Nullable [] order) {
    float[] placed = new float[keys.count() * width];
    if (order == null) {
      System.arraycopy(values, 0, placed, 0, placed.length);
    } else {
      for (int i = 0; i < order.length; i++) {
        System.arraycopy(values, order[i] * width, placed, i * width, width);
      }
    }
    if (carried.size() > 0) {
      for (int i = 0; i < keys.count(); i++) {
        carried.takeInto(keys.placed(i), placed, i * width);
      }
    }
    var rows = new PushedRows(keys, width, placed);
    for (PushFilter.Stage stage : stages) {
      stage.push(rows);
    }
    if (rows.kept() == keys.count()) {
      return new Kept(rows.keptRows(), placed);
    }
    for (int i = 0; i < keys.count(); i++) {
      if (rows.isHeld(i)) {
        carried.put(keys.placed(i), placed, i * width);
      }
    }
    int[] kept = rows.keptRows();
    float[] sent = new float[kept.length * width];
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(placed, kept[i] * width, sent, i * width, width);
    }
    return new Kept(kept, sent);
  }

  /** Carries what an encoding has left of a row that was sent, if that is not nothing. */
  public synchronized void carry(long placedKey, float[] residue, int at) {
    for (int i = at; i < at + width; i++) {
      if (residue[i] != 0) {
        carried.put(placedKey, residue, at);
        return;
      }
    }
  }

  /**
   * Numbers values for an encoding that rounds at random: the same again for a worker that resumes
   * and pushes the same.
   *
   * @return the first of {@code count} numbers that are nobody else's
   */
  public synchronized long encoding(int count) {
    encoded += count;
    return encoded - count;
  }

  /** Rows that the worker has pulled. */
  public synchronized void pulled(RowView rows) {
    for (PushFilter.Stage stage : stages) {
      stage.pulled(rows);
    }
  }

  /** The placed keys of all that is carried, ascending. */
  public synchronized long[] carriedKeys() {
    return carried.sortedKeys();
  }

  /** Takes out what is carried for these keys, {@code [keys][width]}. */
  public synchronized float[] take(PlacedKeys keys) {
    float[] rows = new float[keys.count() * width];
    for (int i = 0; i < keys.count(); i++) {
      carried.takeInto(keys.placed(i), rows, i * width);
    }
    return rows;
  }

  /** All that a worker has to have again that resumes from here. */
  public synchronized PipelineState save() {
    long[] keys = carried.sortedKeys();
    float[] rows = new float[keys.length * width];
    for (int i = 0; i < keys.length; i++) {
      carried.copy(keys[i], rows, i * width);
    }
    var states = new ArrayList<byte[]>();
    stages.forEach(stage -> states.add(stage.state()));
    return new PipelineState(filters.toString(), width, encoded, states, keys, rows);
  }

  /**
   * Goes on from a saved state; before the first push.
   *
   * @throws HoldfastException INVALID_ARGUMENT where other filters have saved it
   */
  public synchronized void resume(PipelineState saved) {
    if (!saved.filters().equals(filters.toString()) || saved.width() != width) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "the worker that is resumed had the filters '"
              + saved.filters()
              + "' on this table, not '"
              + filters
              + "'; open it with those, or join FRESH and lose what they held back");
    }
    encoded = saved.encoded();
    for (int i = 0; i < stages.size(); i++) {
      stages.get(i).resume(saved.stages().get(i));
    }
    for (int i = 0; i < saved.keys().length; i++) {
      carried.put(saved.keys()[i], saved.rows(), i * width);
    }
  }
}
