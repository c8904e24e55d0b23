package acme;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.RangeFunctionFactory;

/** A sample plug-in: how many rows there are. */
public final class RowCount implements RangeFunctionFactory {
  @Override
  public String name() {
    return "acme.rows";
  }

  @Override
  public RangeFunction create(RuleSpec spec, TableSpec table) {
    return new Counter();
  }

  private static final class Counter implements RangeFunction {
    private long rows;

    @Override
    public void accept(long key, float[] values, int at, int width) {
      rows++;
    }

    @Override
    public void accept(long key, long[] values, int at, int width) {
      rows++;
    }

    @Override
    public void merge(RangeFunction other) {
      rows += ((Counter) other).rows;
    }

    @Override
    public Result result() {
      return new Result(new long[0], new double[] {rows});
    }
  }
}
