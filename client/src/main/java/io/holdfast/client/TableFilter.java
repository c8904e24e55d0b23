package io.holdfast.client;

import io.holdfast.filter.Encoding;
import io.holdfast.filter.Filters;
import io.holdfast.filter.PipelineState;
import io.holdfast.filter.PlacedKeys;
import io.holdfast.filter.PushPipeline;
import io.holdfast.filter.RowView;
import io.holdfast.model.KeyHash;
import io.holdfast.model.Placement;
import io.holdfast.model.TableSpec;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The filters of a table, as one worker has them. */
final class TableFilter {
  /** Of these, a push of a zero row leaves the row as it is, where no operator follows. */
  private static final List<String> LEAVES_ROW_AT_ZERO =
      List.of("add", "mean", "sgd", "adagrad", "ftrl");

  // Beyond this many keys for one that is kept, the bits for all of them take more than its key.
  private static final int MOST_MASKED = 64;

  private final WorkerFilters worker;
  private final Filters filters;
  private final TableSpec spec;
  private final int rank;
  private final PushPipeline pipeline;
  private final boolean masksHeldRows;
  private final AtomicInteger releases = new AtomicInteger();

  TableFilter(WorkerFilters worker, Filters filters, TableSpec spec, int rank) {
    this.worker = worker;
    this.filters = filters;
    this.spec = spec;
    this.rank = rank;
    this.pipeline = new PushPipeline(filters, spec.width(), rank);
    this.masksHeldRows =
        filters.pushEncoding().cacheKeys()
            && filters.pushEncoding().skipZeroRows()
            && spec.proximal().isEmpty()
            && LEAVES_ROW_AT_ZERO.contains(spec.rule().name());
  }

  Filters filters() {
    return filters;
  }

  /** Pushes go through the filters in the order in which they take their seqs. */
  WorkerFilters worker() {
    return worker;
  }

  /** What is to be pushed of a caller's rows. Within {@link WorkerFilters#inOrder}. */
  PushSource push(KeyOrder keys, float[] values) {
    int width = spec.width();
    var kept = pipeline.push(placed(keys), values, keys.rows());
    boolean isMasked =
        masksHeldRows
            && kept.rows().length < keys.count()
            && kept.rows().length * (long) MOST_MASKED >= keys.count();
    var sent = isMasked ? masked(kept, keys.count()) : kept;
    float[] residue = filters.errorFeedback() ? new float[sent.values().length] : null;
    long seed = KeyHash.place(KeyHash.place(rank) ^ pipeline.encoding(sent.values().length));
    var encoding = new PushEncoding(filters.pushEncoding(), seed, residue);
    Runnable made = () -> carry(keys, sent.rows(), residue);
    return new FilteredRows(keys, sent, width, encoding, made);
  }

  // Held rows as zeros, which the encoding leaves out: the list of keys stays one that is known.
  private PushPipeline.Kept masked(PushPipeline.Kept kept, int count) {
    int width = spec.width();
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      rows[i] = i;
    }
    float[] values = new float[count * width];
    for (int i = 0; i < kept.rows().length; i++) {
      System.arraycopy(kept.values(), i * width, values, kept.rows()[i] * width, width);
    }
    return new PushPipeline.Kept(rows, values);
  }

  private void carry(KeyOrder keys, int[] rows, float @Nullable [] residue) {
    if (residue != null) {
      for (int i = 0; i < rows.length; i++) {
        pipeline.carry(keys.key(rows[i]), residue, i * spec.width());
      }
    }
  }

  void pulled(KeyOrder keys, float[] values) {
    int width = spec.width();
    int[] rows = keys.rows();
    PlacedKeys placed = placed(keys);
    pipeline.pulled(
        new RowView() {
          @Override
          public int count() {
            return placed.count();
          }

          @Override
          public int width() {
            return width;
          }

          @Override
          public long key(int row) {
            return placed.key(row);
          }

          @Override
          public float[] values() {
            return values;
          }

          @Override
          public int offset(int row) {
            return (rows == null ? row : rows[row]) * width;
          }
        });
  }

  /** The placed keys of all that is held back. Within {@link WorkerFilters#inOrder}. */
  KeyOrder held() {
    return KeyOrder.ofPlaced(pipeline.carriedKeys());
  }

  /** Grows with each {@link #released}. Any thread. */
  int releases() {
    return releases.get();
  }

  /** What was held back is in, or has failed: rows that were pulled before do not show it. */
  void released() {
    releases.incrementAndGet();
  }

  /** Takes that out, to be sent without loss. Within {@link WorkerFilters#inOrder}. */
  PushSource release(KeyOrder keys) {
    var exact = Encoding.PLAIN.withCompression(filters.pushEncoding().compression());
    return PushSource.of(
        new CalledRows(keys, false, spec.width(), pipeline.take(placed(keys)), null),
        new PushEncoding(exact, 0, null));
  }

  PipelineState save() {
    return pipeline.save();
  }

  void resume(byte @Nullable [] saved) {
    if (saved != null) {
      pipeline.resume(PipelineState.decode(saved));
    }
  }

  private PlacedKeys placed(KeyOrder keys) {
    Placement placement = spec.placement();
    return new PlacedKeys() {
      @Override
      public int count() {
        return keys.count();
      }

      @Override
      public long placed(int index) {
        return keys.key(index);
      }

      @Override
      public Placement placement() {
        return placement;
      }
    };
  }
}
