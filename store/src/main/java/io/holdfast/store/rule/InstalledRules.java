package io.holdfast.store.rule;

import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.RangeFunctionFactory;
import io.holdfast.plugin.RowRule;
import io.holdfast.plugin.RowRuleFactory;
import io.holdfast.plugin.UpdateContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The built-in rules and functions, and those of the plug-ins that were installed when the node
 * started. May be used from any thread; plug-in factories are called on the caller's.
 */
public final class InstalledRules implements RuleBook {
  private static final int MAX_STATE_WIDTH = 16 * TableSpec.MAX_WIDTH;

  private final Map<String, RowRuleFactory> rules;
  private final Map<String, RangeFunctionFactory> functions;

  private InstalledRules(PluginJars plugins) {
    rules = Map.copyOf(plugins.rules());
    functions = Map.copyOf(plugins.functions());
  }

  /** The rules and functions that every node has. */
  public static RuleBook builtIn() {
    return new InstalledRules(PluginJars.none());
  }

  /**
   * Those, and what the jars of a directory offer through {@link java.util.ServiceLoader}. Each jar
   * has a class loader of its own, so a jar must hold all that it needs besides Holdfast's client
   * library. The jars stay open as long as the process lives.
   *
   * @param directory its files that end in {@code .jar} are read; its sub-directories are not
   * @throws HoldfastException INVALID_ARGUMENT where the directory or a jar cannot be read, a jar
   *     offers nothing, a factory throws, or a name is not allowed or taken already; names the jar
   *     and the class and says what to do
   */
  public static RuleBook withPlugins(Path directory) {
    return new InstalledRules(PluginJars.in(directory));
  }

  @Override
  public BatchRule rule(TableSpec table) {
    RuleSpec spec = table.rule();
    var wholeRows = BuiltIns.WHOLE_ROWS.get(spec.name());
    if (table.element() == ElementType.INT64 && wholeRows == null) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_RULE,
          "'"
              + spec.name()
              + "' is no rule for int64 tables; those are "
              + String.join(", ", BuiltIns.WHOLE_ROWS.keySet()));
    }
    RowRule rule = checked(spec, () -> rowRule(spec, table));
    if (wholeRows != null && table.proximal().isEmpty()) {
      return wholeRows.apply(table);
    }
    List<RowRule> operators = new ArrayList<>();
    for (RuleSpec operator : table.proximal()) {
      operators.add(checked(operator, () -> proximal(operator, table, rule)));
    }
    return new RowWise(table, rule, operators);
  }

  @Override
  public RangeFunction function(RuleSpec spec, TableSpec table) {
    try {
      if (BuiltIns.FUNCTIONS.containsKey(spec.name())) {
        return BuiltIns.function(spec, table);
      }
      RangeFunctionFactory factory = functions.get(spec.name());
      if (factory != null) {
        return Objects.requireNonNull(factory.create(spec, table), "its factory made null");
      }
    } catch (RuntimeException | LinkageError e) {
      throw refused(ErrorCode.INVALID_ARGUMENT, spec, e);
    }
    throw unknown("range function", spec, BuiltIns.FUNCTIONS.keySet(), functions.keySet());
  }

  private RowRule rowRule(RuleSpec spec, TableSpec table) {
    if (BuiltIns.RULES.containsKey(spec.name())) {
      RowRule rule = BuiltIns.rule(spec);
      if (rule instanceof ProximalNewton newton) {
        newton.checkWidth(table.width());
      }
      return rule;
    }
    RowRuleFactory factory = rules.get(spec.name());
    if (factory == null) {
      throw unknown("update rule", spec, BuiltIns.RULES.keySet(), rules.keySet());
    }
    return tried(factory.create(spec, table), table, new float[table.width()]);
  }

  private RowRule proximal(RuleSpec spec, TableSpec table, RowRule rule) {
    if (BuiltIns.PROXIMAL.containsKey(spec.name())) {
      return BuiltIns.proximal(spec, rule);
    }
    RowRuleFactory factory = rules.get(spec.name());
    if (factory == null) {
      throw unknown("proximal operator", spec, BuiltIns.PROXIMAL.keySet(), rules.keySet());
    }
    RowRule operator = tried(factory.create(spec, table), table, new float[0]);
    if (operator.stateWidth(table.width()) != 0) {
      throw new IllegalArgumentException(
          "'" + spec.name() + "' keeps state, so it is a rule and no proximal operator");
    }
    return operator;
  }

  /**
   * Applies a plug-in's rule to a row of zeros once: one that throws does so when the table is
   * made, and not when a push is in the log already and the range has to stop.
   */
  private static RowRule tried(RowRule rule, TableSpec table, float[] update) {
    int stateWidth = rule.stateWidth(table.width());
    if (stateWidth < 0 || stateWidth > MAX_STATE_WIDTH) {
      throw new IllegalArgumentException(
          "a state of " + stateWidth + " values is not within 0 and " + MAX_STATE_WIDTH);
    }
    float[] row = new float[table.width() + stateWidth];
    rule.apply(row, 0, update, 0, table.width(), new UpdateContext(1, 0, 0, 1, 1));
    return rule;
  }

  private static RowRule checked(RuleSpec spec, Supplier<RowRule> make) {
    try {
      return make.get();
    } catch (HoldfastException e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      throw refused(ErrorCode.INVALID_DEFINITION, spec, e);
    }
  }

  private static HoldfastException refused(ErrorCode code, RuleSpec spec, Throwable e) {
    String why = e instanceof IllegalArgumentException ? e.getMessage() : "it threw " + e;
    return new HoldfastException(code, "'" + spec.name() + "' is refused: " + why, e);
  }

  private static HoldfastException unknown(
      String kind, RuleSpec spec, Set<String> builtIn, Set<String> plugins) {
    var known = new TreeSet<>(builtIn);
    known.addAll(plugins);
    return new HoldfastException(
        ErrorCode.UNKNOWN_RULE,
        "no "
            + kind
            + " is called '"
            + spec.name()
            + "'; this node knows "
            + String.join(", ", known)
            + ". Others come with a jar in its plug-in directory");
  }
}
