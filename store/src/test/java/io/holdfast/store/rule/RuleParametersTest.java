package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleParametersTest {
  private final RuleBook rules = InstalledRules.builtIn();

  @ParameterizedTest
  @CsvSource({
    "add, learning_rate, 1",
    "assign, x, 0",
    "mean, workers, 4",
    "sgd, learning_rate, 0",
    "sgd, learning_rate, -1",
    "sgd, learning_rate, NaN",
    "sgd, learning_rate, Infinity",
    "sgd, learning_rate, 1e300",
    "sgd, learning_rate, 1e-300",
    "momentum, momentum, 1",
    "momentum, momentum, -0.1",
    "momentum, momentum, 0.99999999999",
    "momentum, nesterov, 0.5",
    "adagrad, epsilon, 0",
    "adagrad, initial_accumulator, -1",
    "adam, beta1, 1",
    "adam, beta2, 1",
    "adam, epsilon, 0",
    "adam, beta_1, 0.9",
    "ftrl, alpha, 0",
    "ftrl, beta, 0",
    "ftrl, l1, -1",
    "ftrl, l2, NaN",
    "ftrl, lambda, 1",
    "proximal_newton, l1, -1",
    "proximal_newton, radius, 0",
    "proximal_newton, rest, NaN",
  })
  void wrongParametersAreRefusedByName(String rule, String parameter, double value) {
    var spec = RuleSpec.of(rule).with(parameter, value);
    var refused = refused(TableSpec.sparse().rule(spec).build());
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
    assertTrue(refused.toString().contains(rule), refused.toString());
    assertTrue(refused.toString().contains(parameter), refused.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "prox_l1, strength, -1",
    "prox_l2, l2, 1",
    "prox_elastic_net, l1, Infinity",
    "prox_elastic_net, strength, 1"
  })
  void wrongParametersOfOperatorsAreRefusedByName(String operator, String parameter, double value) {
    var spec = RuleSpec.of(operator).with(parameter, value);
    var refused = refused(TableSpec.sparse().proximal(spec).build());
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
    assertTrue(refused.toString().contains(parameter), refused.toString());
  }

  @Test
  void unknownNamesAreRefusedWithTheKnownOnes() {
    for (String name : new String[] {"adagard", "prox_l1", "norm1"}) {
      var refused = refused(TableSpec.sparse().rule(RuleSpec.of(name)).build());
      assertEquals(ErrorCode.UNKNOWN_RULE, refused.code());
      assertTrue(
          refused
              .toString()
              .contains("adagrad, adam, add, assign, ftrl, mean, momentum, proximal_newton, sgd"),
          refused.toString());
    }
    var operator = refused(TableSpec.sparse().proximal(RuleSpec.of("adagrad")).build());
    assertEquals(ErrorCode.UNKNOWN_RULE, operator.code());
    assertTrue(operator.toString().contains("prox_elastic_net, prox_l1, prox_l2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mean", "sgd", "momentum", "adagrad", "adam", "ftrl", "proximal_newton"})
  void int64TablesAddAndAssignOnly(String name) {
    var refused = refused(TableSpec.sparse().int64().rule(RuleSpec.of(name)).build());
    assertEquals(ErrorCode.UNKNOWN_RULE, refused.code());
    assertTrue(refused.toString().contains("add, assign"), refused.toString());
  }

  @Test
  void int64RulesRefuseParametersToo() {
    var refused = refused(TableSpec.sparse().int64().rule(Rules.add().with("x", 1)).build());
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
  }

  @Test
  void stateWidthsAreAsDocumented() {
    Map<String, Integer> expected =
        Map.of(
            "add",
            0,
            "assign",
            0,
            "mean",
            0,
            "sgd",
            0,
            "momentum",
            8,
            "adagrad",
            8,
            "adam",
            17,
            "ftrl",
            16,
            "proximal_newton",
            0);
    expected.forEach(
        (name, width) ->
            assertEquals(
                width,
                rules
                    .rule(TableSpec.sparse().width(8).rule(RuleSpec.of(name)).build())
                    .stateWidth(),
                name));
  }

  private HoldfastException refused(TableSpec table) {
    return assertThrows(HoldfastException.class, () -> rules.rule(table));
  }
}
