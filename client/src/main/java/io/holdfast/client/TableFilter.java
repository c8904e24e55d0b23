package io.holdfast.client;

import io.holdfast.client.retry.RowSource;
import io.holdfast.filter.Filters;
import io.holdfast.filter.PipelineState;
import io.holdfast.filter.PlacedKeys;
import io.holdfast.filter.PushPipeline;
import io.holdfast.filter.RowView;
import io.holdfast.model.Placement;
import io.holdfast.model.TableSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The filters of a table, as one worker has them. */
final class TableFilter {
  /** Of these, a push of a zero row leaves the row as it is, where no operator follows. */
  private static final List<String> LEAVES_ROW_AT_ZERO =
      List.of("add", "mean", "sgd", "adagrad", "ftrl");

  private final WorkerFilters worker;
  private final Filters filters;
  private final TableSpec spec;
  private final PushPipeline pipeline;
  private final boolean masksHeldRows;

  TableFilter(WorkerFilters worker, Filters filters, TableSpec spec, int rank) {
    this.worker = worker;
    this.filters = filters;
    this.spec = spec;
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
  RowSource push(KeyOrder keys, float[] values) {
    var kept = pipeline.push(placed(keys), values, keys.rows());
    return new FilteredRows(keys, spec.width(), kept, masksHeldRows);
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

  /** Takes that out, in the order of its keys. Within {@link WorkerFilters#inOrder}. */
  float[] take(KeyOrder keys) {
    return pipeline.take(placed(keys));
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
