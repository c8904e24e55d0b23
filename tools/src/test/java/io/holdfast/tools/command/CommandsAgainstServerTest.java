package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.command.CommandLines.Ran;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.server.ServerSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user types them, against a server in this process. */
@SuppressWarnings("NullAway.Init")
class CommandsAgainstServerTest {
  private Server server;

  @BeforeEach
  void start(@TempDir Path directory) {
    server =
        Server.start(
            ServerSettings.of(
                Map.of(
                    "data", directory.toString(),
                    "port", "0",
                    "shards", "1",
                    "log", "FILE",
                    "log-segment", "4MiB",
                    "cache", "64MiB",
                    "disk-low", "0",
                    "disk-high", "0")));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void rowsArePutAndGotByHand() throws Exception {
    ok("table create w --sparse --width 2 --rule assign --initial constant:1.5");
    ok("put w 7=0.5,-1 0xff=2,3");
    assertEquals("7 0.5 -1.0\n255 2.0 3.0\n3 1.5 1.5\n", ok("get w 7 255 3").replace("\r", ""));
    JsonNode got = json("get w 18446744073709551615");
    assertEquals("18446744073709551615", got.at("/rows/0/key").asText());
    assertEquals(1.5, got.at("/rows/0/values/1").asDouble());
  }

  @Test
  void wholeNumbersKeepAllTheirBits() throws Exception {
    ok("table create counts --rows 3 --int64");
    ok("put counts 1=9007199254740993");
    assertEquals("1 9007199254740993\n", ok("get counts 1").replace("\r", ""));
  }

  @Test
  void tablesAreListedShownAndDropped() throws Exception {
    ok("table create w --job ads --rows 10 --rule sgd --rule-param learning_rate=0.5");
    assertTrue(ok("table list").contains("float32[10][1]"));
    assertEquals("w", json("table list --job ads").at("/tables/0/table").asText());
    assertEquals(0, json("table list --job other").at("/tables").size());
    assertEquals("sgd:learning_rate=0.5", json("table show w --job ads").get("rule").asText());
    assertTrue(ok("table show w --job ads").contains("sgd:learning_rate=0.5"));
    ok("table drop w --job ads --yes");
    assertEquals(0, json("table list").at("/tables").size());
  }

  @Test
  void whatIsNotThereIsNotFound() {
    for (String command :
        new String[] {"get w 1", "put w 1=1", "table show w", "table drop w --yes"}) {
      Ran ran = run(command);
      assertEquals(ExitCode.NOT_FOUND.number(), ran.code(), command + ": " + ran.err());
      assertTrue(ran.err().startsWith("holdfast: UNKNOWN_TABLE: "), ran.err());
    }
  }

  @Test
  void whatTheServerRefusesIsRefused() throws Exception {
    ok("table create w --sparse");
    for (String command :
        new String[] {
          "table create w --sparse --width 2",
          "table create v --sparse --rule adagard",
          "table create v --sparse --replicas 2",
          "table create v --sparse --min-in-sync 2",
          "put w 1=NaN"
        }) {
      Ran ran = run(command);
      assertEquals(ExitCode.REFUSED.number(), ran.code(), command + ": " + ran.err());
    }
    assertEquals(ExitCode.USAGE.number(), run("put w 1=1,2").code());
  }

  @Test
  void statusShowsTheNodeAndItsRanges() throws Exception {
    ok("table create w --sparse --ranges 3");
    JsonNode node = json("status").at("/nodes/0");
    assertEquals(ProcessHandle.current().pid(), node.get("processId").asLong());
    assertTrue(node.get("processCpuMicros").asLong() > 0);
    assertEquals(3, node.at("/tables/0/ranges").size());
    assertTrue(node.get("acceptingPushes").asBoolean(), node.toString());
    assertTrue(ok("status").contains("pushes accepted"));
  }

  @Test
  void theBenchmarkPrintsOneDocumentLast() throws Exception {
    JsonNode document =
        json("bench --workloads W2 --in-flight 2 --seconds 0.2 --log file --durability memory");
    assertEquals(2, document.get("results").size());
    JsonNode result = document.at("/results/0");
    assertEquals("W2", result.get("workload").asText());
    assertEquals("push", result.get("operation").asText());
    assertEquals(2, result.get("inFlight").asInt());
    for (String number :
        new String[] {"ratePerSecond", "megabytesPerSecond", "p50Micros", "p99Micros"}) {
      assertTrue(result.get(number).asDouble() > 0, number);
    }
    assertTrue(result.has("clientCpuSeconds") && result.has("serverCpuSeconds"));
    assertTrue(document.at("/limits/memoryCopyGigabytesPerSecond").asDouble() > 0);
    assertEquals(0, json("table list").at("/tables").size());
  }

  private Ran run(String arguments) {
    return CommandLines.run(
        Stream.concat(
                Arrays.stream(arguments.split(" ", -1)), Stream.of("--server", server.address()))
            .toArray(String[]::new));
  }

  private String ok(String arguments) {
    Ran ran = run(arguments);
    assertEquals(0, ran.code(), arguments + ": " + ran.err());
    return ran.out();
  }

  private JsonNode json(String arguments) throws Exception {
    return new ObjectMapper().readTree(ok(arguments + " --output json"));
  }
}
