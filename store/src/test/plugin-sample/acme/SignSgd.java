package acme;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.RowRuleFactory;
import io.holdfast.plugin.UpdateContext;

/** A sample plug-in: {@code w -= step * sign(u)}. With {@code fail_at} it throws at that value. */
public final class SignSgd implements RowRuleFactory {
  @Override
  public String name() {
    return "acme.signsgd";
  }

  @Override
  public RowRule create(RuleSpec spec, TableSpec table) {
    float step = (float) spec.parameter("step", 1);
    float failAt = (float) spec.parameter("fail_at", Float.NaN);
    if (!(step > 0)) {
      throw new IllegalArgumentException("step has to be above 0");
    }
    return new RowRule() {
      @Override
      public int stateWidth(int width) {
        return 0;
      }

      @Override
      public void apply(
          float[] values, int at, float[] update, int updateAt, int width, UpdateContext context) {
        for (int i = 0; i < width; i++) {
          if (update[updateAt + i] == failAt) {
            throw new IllegalStateException("asked to fail at " + failAt);
          }
          values[at + i] -= step * Math.signum(update[updateAt + i]);
        }
      }
    };
  }
}
