package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.holdfast.client.CacheSettings;
import io.holdfast.client.Options;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.UpdateContext;
import io.holdfast.store.rule.InstalledRules;
import io.holdfast.store.rule.RuleBook;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.server.ServerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents list is what the code has. */
class DocumentsTest {
  private static final Documents README = Documents.read("README.md");
  private static final Pattern PARAMETER = Pattern.compile("`([a-z_0-9]+)` ([0-9.e+-]+)");

  @Test
  void theThreeCommandsStandAtTheTop() {
    var top = String.join("\n", README.lines().subList(0, 26));
    assertTrue(top.contains("\ntools/bin/holdfast demo"), top);
    assertTrue(top.contains("\ntools/bin/holdfast train lr"), top);
    assertTrue(top.contains("\nmvn -B -ntp verify"), top);
  }

  @Test
  void continuousIntegrationRunsTheReadmesTestCommand() throws IOException {
    var script = Files.readAllLines(Documents.root().resolve(".ci/run"));
    assertEquals("exec mvn -B -ntp verify", script.get(script.size() - 1));
  }

  @Test
  void theReadmeListsEveryCommand() {
    var documented = README.table("## Commands").stream().map(row -> row.get(0)).toList();
    var commands =
        HoldfastCommand.commands().stream().map(HoldfastCommand.Entry::command).sorted().toList();
    assertEquals(commands, documented.stream().sorted().toList());
  }

  /** Lines of code of each job, by the rule that the page gives. */
  @Test
  void theJobsAreAsLongAsIsSaid() throws IOException {
    Path sources = Documents.root().resolve("tools/src/main/java/io/holdfast/tools");
    var jobs = Documents.read("docs/jobs.md").table("# How long the jobs are");
    assertTrue(jobs.size() >= 4, jobs.toString());
    for (var row : jobs) {
      long lines = 0;
      for (String name : row.get(1).replace("`", "").strip().split(" ", -1)) {
        lines += linesOfCode(sources.resolve(name + ".java"));
      }
      long said = Long.parseLong(row.get(2));
      assertTrue(Math.abs(lines - said) <= said / 10, row + " has " + lines + " lines");
    }
  }

  private static long linesOfCode(Path source) throws IOException {
    String code =
        Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL)
            .matcher(Files.readString(source))
            .replaceAll("");
    return code.lines().filter(line -> !line.matches("\\s*(//.*)?|(package|import) .*")).count();
  }

  @Test
  void theReadmeListsEverySettingWithItsDefault() {
    var defaults = ConfigFactory.parseResources("reference.conf").getConfig("holdfast.server");
    Map<String, String> actual = new TreeMap<>();
    for (var entry : defaults.entrySet()) {
      actual.put(entry.getKey(), entry.getValue().unwrapped().toString());
    }
    Map<String, String> documented = new TreeMap<>();
    README.table("## Settings of a server").forEach(row -> documented.put(row.get(0), row.get(1)));
    assertEquals(actual, documented);
    // And the server takes each of them as it stands there.
    assertFalse(ServerSettings.of(documented).toString().isEmpty());
  }

  @Test
  void theReadmeListsTheClientsOptionsWithTheirDefaults() throws ReflectiveOperationException {
    assertListed(Options.defaults(), "## Options of a client");
    assertListed(CacheSettings.defaults(), "### Rows kept at the worker");
  }

  private static void assertListed(Record defaults, String heading)
      throws ReflectiveOperationException {
    Map<String, String> actual = new TreeMap<>();
    for (var component : defaults.getClass().getRecordComponents()) {
      actual.put(component.getName(), component.getAccessor().invoke(defaults).toString());
    }
    Map<String, String> documented = new TreeMap<>();
    for (var row : README.table(heading)) {
      documented.put(row.get(0), optionValue(row.get(1)));
    }
    assertEquals(actual, documented);
  }

  /** As the option's own type prints it: bytes, a duration, a number or a word. */
  private static String optionValue(String documented) {
    var parsed = ConfigFactory.parseMap(Map.of("value", documented));
    if (documented.endsWith("iB")) {
      return Long.toString(parsed.getBytes("value"));
    }
    return documented.matches("[A-Z_]+|[0-9]+")
        ? documented
        : parsed.getDuration("value").toString();
  }

  @Test
  void theReadmeListsEveryExitCode() {
    var documented =
        README.table("## Exit codes").stream().map(row -> row.get(0) + " " + row.get(1)).toList();
    var actual =
        Arrays.stream(ExitCode.values()).map(code -> code.number() + " " + code.meaning()).toList();
    assertEquals(actual, documented);
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/wire-protocol.md"})
  void everyErrorCodeIsListedWithWhatToDo(String document) {
    var documented =
        Documents.read(document).table("## Error codes").stream()
            .map(row -> row.get(0) + " " + row.get(1))
            .toList();
    var actual = Arrays.stream(ErrorCode.values()).map(code -> code + " " + code.retry()).toList();
    assertEquals(actual, documented);
  }

  @Test
  void everyRuleAndOperatorIsListedAndNoOther() {
    assertEquals(
        known(() -> InstalledRules.builtIn().rule(table(RuleSpec.of("none")).build())),
        names("### Update rules"));
    assertEquals(
        known(
            () ->
                InstalledRules.builtIn()
                    .rule(table(RuleSpec.of("add")).proximal(RuleSpec.of("none")).build())),
        names("### Proximal operators"));
    var table = table(RuleSpec.of("add")).build();
    assertEquals(
        known(() -> InstalledRules.builtIn().function(RuleSpec.of("none"), table)),
        names("### Range functions"));
  }

  private static List<String> names(String heading) {
    return README.table(heading).stream().map(row -> row.get(0)).sorted().toList();
  }

  /** The names that the refusal of an unknown one lists. */
  private static List<String> known(Runnable refused) {
    String message = assertThrows(HoldfastException.class, refused::run).getMessage();
    String list = message.replaceAll(".*this node knows ", "").replaceAll("\\. Others.*", "");
    return List.of(list.split(", "));
  }

  @Test
  void rulesHaveTheParametersAndDefaultsThatAreListed() {
    for (var row : README.table("### Update rules")) {
      checkParameters(row, spec -> table(spec).build());
    }
    for (var row : README.table("### Proximal operators")) {
      checkParameters(row, spec -> table(RuleSpec.of("sgd")).proximal(spec).build());
    }
  }

  private interface TableOf {
    TableSpec with(RuleSpec spec);
  }

  private static void checkParameters(List<String> row, TableOf tables) {
    Map<String, Double> defaults = parameters(row.get(1));
    var bare = RuleSpec.of(row.get(0));
    var given = new RuleSpec(row.get(0), defaults);
    assertArrayEquals(
        pushed(tables.with(bare)), pushed(tables.with(given)), row + " has other defaults");
    defaults.forEach(
        (name, value) ->
            assertFalse(
                Arrays.equals(
                    pushed(tables.with(bare)),
                    pushed(tables.with(given.with(name, value == 0 ? 1 : value / 2)))),
                row.get(0) + "'s " + name + " changes nothing"));
    var refused =
        assertThrows(
            HoldfastException.class,
            () -> InstalledRules.builtIn().rule(tables.with(bare.with("none", 1))));
    String takes =
        defaults.isEmpty() ? "it takes none" : "it takes " + String.join(", ", defaults.keySet());
    assertTrue(refused.getMessage().endsWith(takes), refused.getMessage() + " / " + takes);
  }

  private static Map<String, Double> parameters(String cell) {
    Map<String, Double> parameters = new TreeMap<>();
    var found = PARAMETER.matcher(cell);
    while (found.find()) {
      parameters.put(found.group(1), Double.valueOf(found.group(2)));
    }
    return parameters;
  }

  private static TableSpec.Builder table(RuleSpec rule) {
    return TableSpec.sparse().width(4).rule(rule);
  }

  /** A row after some pushes, of sizes at which every parameter shows. */
  private static float[] pushed(TableSpec table) {
    RuleBook rules = InstalledRules.builtIn();
    var rule = rules.rule(table);
    float[] row = new float[rule.width() + rule.stateWidth()];
    float[][] updates = {{1, -2, 1e-8f, 1e-4f}, {0.5f, 1, -2e-8f, 2e-4f}, {-1, 1, 1e-8f, 3e-4f}};
    for (int i = 0; i < updates.length; i++) {
      var values = ByteBuffer.allocate(4 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      values.asFloatBuffer().put(updates[i]);
      rule.applyRun(row, 0, 1, values, 0, new UpdateContext(i + 1, 0, 0, 1, 1));
    }
    return row;
  }

  @Test
  void theDocumentsNameNoFileThatIsNotThere() throws IOException {
    var link = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    List<String> missing = new ArrayList<>();
    List<Path> documents = new ArrayList<>(List.of(Documents.root().resolve("README.md")));
    try (Stream<Path> files = Files.walk(Documents.root().resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
    }
    for (Path document : documents) {
      var found = link.matcher(Files.readString(document));
      while (found.find()) {
        if (!Files.exists(document.resolveSibling(found.group(1)))) {
          missing.add(document + ": " + found.group(1));
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(documents.size() > 5, documents.toString());
  }
}
