package io.holdfast.store.rule;

import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunction;
import io.holdfast.plugin.RowRule;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The rules, proximal operators and range functions that every server has, by name. */
final class BuiltIns {
  static final Map<String, Function<Parameters, RowRule>> RULES =
      Map.of(
          "add", parameters -> new Additive(),
          "assign", parameters -> new Assignment(),
          "mean", parameters -> new Mean(),
          "sgd", Sgd::new,
          "momentum", Momentum::new,
          "adagrad", AdaGrad::new,
          "adam", Adam::new,
          "ftrl", Ftrl::new,
          "proximal_newton", ProximalNewton::new);

  /** Operators; the second argument is the rule that they follow, whose step they take. */
  static final Map<String, BiFunction<Parameters, RowRule, RowRule>> PROXIMAL =
      Map.of(
          "prox_l1", ElasticNet::l1,
          "prox_l2", ElasticNet::l2,
          "prox_elastic_net", ElasticNet::both);

  static final Map<String, BiFunction<Parameters, TableSpec, RangeFunction>> FUNCTIONS =
      Map.of(
          "norm1", (parameters, table) -> Fold.norm1(),
          "norm2", (parameters, table) -> Fold.norm2(),
          "sum", (parameters, table) -> Fold.sum(),
          "count_nonzero", (parameters, table) -> Fold.countNonZero(),
          "min_max", (parameters, table) -> new MinMax(),
          "top_k", TopRows::new);

  /** Rules that int64 tables take. */
  static final Map<String, Function<TableSpec, BatchRule>> WHOLE_ROWS =
      new TreeMap<>(
          Map.of(
              "add", table -> new AddRows(table.width()),
              "assign", table -> new AssignRows(table.width())));

  private BuiltIns() {}

  static boolean holds(String name) {
    return RULES.containsKey(name) || PROXIMAL.containsKey(name) || FUNCTIONS.containsKey(name);
  }

  static RowRule rule(RuleSpec spec) {
    var parameters = new Parameters(spec);
    RowRule rule = known(RULES, spec.name()).apply(parameters);
    parameters.end();
    return rule;
  }

  static RowRule proximal(RuleSpec spec, RowRule rule) {
    if (rule instanceof Ftrl || rule instanceof ProximalNewton) {
      throw new IllegalArgumentException(
          "a rule with an l1 and l2 of its own takes no proximal operator: its next update would"
              + " undo '"
              + spec.name()
              + "'. Set the rule's l1 and l2 instead");
    }
    var parameters = new Parameters(spec);
    RowRule operator = known(PROXIMAL, spec.name()).apply(parameters, rule);
    parameters.end();
    return operator;
  }

  static RangeFunction function(RuleSpec spec, TableSpec table) {
    var parameters = new Parameters(spec);
    RangeFunction function = known(FUNCTIONS, spec.name()).apply(parameters, table);
    parameters.end();
    return function;
  }

  private static <V> V known(Map<String, V> all, String name) {
    V found = all.get(name);
    if (found == null) {
      throw new IllegalStateException("'" + name + "' is not built in");
    }
    return found;
  }
}
