package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.ErrorCode;
import io.holdfast.tools.command.CommandLines.Ran;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
  /** A port of the loopback that no server may listen on without being root: nothing answers. */
  private static final String NOBODY = "127.0.0.1:1";

  @Test
  void everyCommandsHelpDescribesItAndGivesAnExample() {
    for (var entry : HoldfastCommand.commands()) {
      assertFalse(entry.description().isBlank(), entry.command());
      String[] arguments = (entry.command() + " --help").split(" ", -1);
      Ran ran = CommandLines.run(arguments);
      assertEquals(0, ran.code(), entry.command());
      assertTrue(
          ran.out().contains("Example: holdfast " + entry.command().split(" ", -1)[0]), ran.out());
      assertTrue(ran.out().contains("--output"), entry.command());
    }
  }

  @Test
  void theListHoldsEveryCommand() {
    var names = HoldfastCommand.commands().stream().map(HoldfastCommand.Entry::command).toList();
    assertTrue(
        names.containsAll(
            java.util.List.of(
                "dev",
                "server",
                "status",
                "cluster",
                "zookeeper",
                "node list",
                "node drain",
                "node undrain",
                "node remove",
                "range list",
                "range move",
                "range split",
                "range accept-loss",
                "scrub",
                "faults",
                "table create",
                "table list",
                "table show",
                "table drop",
                "get",
                "put",
                "train lr",
                "bench",
                "version")),
        names.toString());
  }

  @Test
  void theVersionIsTheBuilds() throws Exception {
    Ran ran = CommandLines.run("version", "--output", "json");
    assertEquals(0, ran.code());
    String version = new ObjectMapper().readTree(ran.out()).get("version").asText();
    assertTrue(version.matches("\\d+\\.\\d+\\.\\d+.*"), version);
    assertTrue(CommandLines.run("--version").out().contains(version));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "table",
        "train",
        "no-such-command",
        "get",
        "get w",
        "get w x",
        "get w 18446744073709551616",
        "put w 7",
        "put w =1",
        "status --no-such-option",
        "status --output xml",
        "table create w",
        "table create w --sparse --rows 3",
        "table create w --sparse --width 0",
        "table create w --sparse --width 5000",
        "table create w --sparse --consistency strict",
        "table create w --sparse --consistency bounded:-1",
        "table create w --sparse --initial uniform:1,0",
        "table create w --sparse --prox prox_l1:strength",
        "table create w --sparse --durability disk",
        "table create w --sparse --rule Adagrad",
        "table create w --sparse --rule-param learning_rate=fast",
        "table create w --rows 5 --hashed",
        "table drop w",
        "bench --workloads W4",
        "bench --in-flight 0",
        "bench --repeats 0",
        "bench --durability disk",
        "node",
        "node drain",
        "node drain x",
        "range move 7",
        "range move 7 --from 1 --to 1",
        "range split 7 --at x",
        "range accept-loss 7",
        "status --watch -1",
        "cluster --nodes 0",
        "cluster --zookeepers 2",
        "cluster --heap much",
        "zookeeper",
        "zookeeper --data x --member 1:host",
        "zookeeper --data x --id 2",
        "faults --fault none",
        "faults --times 0",
        "faults --durability disk",
        "faults --session-timeout 10",
      })
  void wrongCommandLinesAreUsageErrors(String arguments) {
    Ran ran = arguments.isEmpty() ? CommandLines.run() : CommandLines.run(arguments.split(" ", -1));
    assertEquals(ExitCode.USAGE.number(), ran.code(), ran.err());
    assertEquals("", ran.out());
    assertTrue(ran.err().startsWith("holdfast: "), ran.err());
    assertFalse(ran.err().contains("\tat "), ran.err());
  }

  @Test
  void aClusterThatCannotBeReachedHasItsOwnExitCodeAndOneLine() {
    Ran ran = CommandLines.run("status", "--server", NOBODY);
    assertEquals(ExitCode.UNREACHABLE.number(), ran.code());
    assertTrue(ran.err().startsWith("holdfast: UNAVAILABLE: "), ran.err());
    assertEquals(1, ran.err().lines().count(), ran.err());
  }

  @Test
  void errorsAreJsonWhereTheOutputIs() throws Exception {
    Ran ran = CommandLines.run("status", "--server", NOBODY, "--output", "json");
    assertEquals(ExitCode.UNREACHABLE.number(), ran.code());
    var error = new ObjectMapper().readTree(ran.err()).get("error");
    assertEquals("UNAVAILABLE", error.get("code").asText());
    assertEquals("AFTER_DELAY", error.get("retry").asText());
    assertFalse(error.get("message").asText().startsWith("UNAVAILABLE"));
  }

  @Test
  void verboseShowsWhereAnErrorComesFrom() {
    Ran ran = CommandLines.run("status", "--server", NOBODY, "--verbose");
    assertTrue(ran.err().contains("\tat "), ran.err());
  }

  @ParameterizedTest
  @EnumSource
  void everyErrorEndsWithAnExitCodeAboveZero(ErrorCode code) {
    assertTrue(ExitCode.of(code).number() > 0);
  }

  @Test
  void exitCodesAreDistinct() {
    var numbers = new HashSet<Integer>();
    Arrays.stream(ExitCode.values()).forEach(code -> numbers.add(code.number()));
    assertEquals(ExitCode.values().length, numbers.size());
  }
}
