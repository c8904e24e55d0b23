package io.holdfast.store.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.RangeFunctionFactory;
import io.holdfast.plugin.RowRuleFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginJarsTest {
  private static final RuleSpec SIGN = RuleSpec.of("acme.signsgd");

  @TempDir Path directory;

  @Test
  void aJarsRulesAndFunctionsAreKnownByName() throws IOException {
    sample("acme.jar");
    RuleBook rules = InstalledRules.withPlugins(directory);

    var pushes = new Pushes(rules.rule(table(SIGN.with("step", 0.5), Rules.proximalL1(0.125))), 3);
    pushes.push(Pushes.PLAIN, -7, 0, 0.001f);
    assertArrayEquals(new float[] {0.375f, 0, -0.375f}, pushes.slab);

    var function = rules.function(RuleSpec.of("acme.rows"), table(SIGN));
    function.accept(1, new float[1], 0, 1);
    assertArrayEquals(new double[] {1}, function.result().values());
  }

  @Test
  void theBuiltInOnesStayKnown() throws IOException {
    sample("acme.jar");
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> InstalledRules.withPlugins(directory).rule(table(RuleSpec.of("acme.other"))));
    assertEquals(ErrorCode.UNKNOWN_RULE, refused.code());
    assertTrue(refused.toString().contains("acme.signsgd, adagrad"), refused.toString());
  }

  @Test
  void whatAFactorySaysOfParametersIsPassedOn() throws IOException {
    sample("acme.jar");
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> InstalledRules.withPlugins(directory).rule(table(SIGN.with("step", 0))));
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
    assertTrue(refused.toString().contains("step has to be above 0"), refused.toString());
  }

  @Test
  void aRuleThatThrowsAtOnceIsRefusedWhenTheTableIsMade() throws IOException {
    sample("acme.jar");
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> InstalledRules.withPlugins(directory).rule(table(SIGN.with("fail_at", 0))));
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
  }

  @Test
  void aRuleThatThrowsLaterComesOutWithItsName() throws IOException {
    sample("acme.jar");
    var pushes =
        new Pushes(InstalledRules.withPlugins(directory).rule(table(SIGN.with("fail_at", 3))), 2);
    var thrown = assertThrows(HoldfastException.class, () -> pushes.push(Pushes.PLAIN, 1, 3));
    assertEquals(ErrorCode.INTERNAL, thrown.code());
    assertTrue(thrown.toString().contains("acme.signsgd"), thrown.toString());
  }

  @Test
  void aRuleThatReadsAnUpdateIsNoProximalOperator() throws IOException {
    sample("acme.jar");
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> InstalledRules.withPlugins(directory).rule(table(Rules.add(), SIGN)));
    assertEquals(ErrorCode.INVALID_DEFINITION, refused.code());
  }

  @Test
  void aNameOfferedTwiceIsRefused() throws IOException {
    sample("a.jar");
    sample("b.jar");
    assertRefused("b.jar", "acme.SignSgd", "a.jar");
  }

  @Test
  void aBuiltInNameIsNotReplaced() throws IOException {
    source("Add.java", factory("Add", "return \"add\";"));
    jarOf("add.jar", List.of("evil.Add"));
    assertRefused("add.jar", "evil.Add", "built in");
  }

  @Test
  void aNameThatNoTableCouldUseIsRefused() throws IOException {
    source("Odd.java", factory("Odd", "return \"Not A Name\";"));
    jarOf("odd.jar", List.of("evil.Odd"));
    assertRefused("odd.jar", "evil.Odd", "Not A Name");
  }

  @Test
  void aFactoryThatThrowsIsRefused() throws IOException {
    source("Bad.java", factory("Bad", "throw new IllegalStateException(\"no licence\");"));
    jarOf("bad.jar", List.of("evil.Bad"));
    assertRefused("bad.jar", "evil.Bad", "no licence");
  }

  @Test
  void aClassThatIsNotInTheJarIsRefused() throws IOException {
    source("Add.java", factory("Add", "return \"evil.add\";"));
    jarOf("lost.jar", List.of("evil.Lost"));
    assertRefused("lost.jar", "evil.Lost");
  }

  @Test
  void aJarThatOffersNothingIsRefused() throws IOException {
    source("Add.java", factory("Add", "return \"evil.add\";"));
    jarOf("idle.jar", List.of());
    assertRefused("idle.jar", "META-INF/services");
  }

  @Test
  void aFileThatIsNoJarIsRefused() throws IOException {
    Files.writeString(directory.resolve("text.jar"), "no jar at all");
    assertRefused("text.jar", "Replace it");
  }

  @Test
  void aDirectoryThatIsNotThereIsRefused() {
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> InstalledRules.withPlugins(directory.resolve("nowhere")));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  private void assertRefused(String... parts) {
    var refused =
        assertThrows(HoldfastException.class, () -> InstalledRules.withPlugins(directory));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    for (String part : parts) {
      assertTrue(refused.toString().contains(part), refused.toString());
    }
  }

  private void sample(String jar) throws IOException {
    SampleJar.build(
        directory.resolve(jar),
        SampleJar.SOURCES,
        Map.of(
            RowRuleFactory.class, List.of("acme.SignSgd"),
            RangeFunctionFactory.class, List.of("acme.RowCount")));
  }

  private void jarOf(String jar, List<String> factories) throws IOException {
    SampleJar.build(
        directory.resolve(jar),
        directory.resolve("evil"),
        factories.isEmpty() ? Map.of() : Map.of(RowRuleFactory.class, factories));
  }

  private void source(String file, String text) throws IOException {
    Files.createDirectories(directory.resolve("evil"));
    Files.writeString(directory.resolve("evil").resolve(file), text);
  }

  private static String factory(String type, String name) {
    return """
        package evil;
        public class %s implements io.holdfast.plugin.RowRuleFactory {
          public String name() { %s }
          public io.holdfast.plugin.RowRule create(
              io.holdfast.model.RuleSpec spec, io.holdfast.model.TableSpec table) { return null; }
        }
        """
        .formatted(type, name);
  }

  private static TableSpec table(RuleSpec rule, RuleSpec... operators) {
    return TableSpec.sparse().rule(rule).proximal(operators).build();
  }
}
