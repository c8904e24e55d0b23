package io.holdfast.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.command.HoldfastCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The demo, with less to train. */
class DemoTest {
  @TempDir Path directory;

  /** Takes as long as the demo does: {@code -Dholdfast.demo=true}. */
  @EnabledIfSystemProperty(named = "holdfast.demo", matches = "true")
  @Test
  void everythingIsKilledAndTheModelIsTheSame() throws Exception {
    Path report = directory.resolve("demo.html");
    var out = new StringWriter();
    var err = new StringWriter();
    int exit =
        HoldfastCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(
                "demo",
                "--examples",
                "4000",
                "--passes",
                Integer.toString(Integer.getInteger("holdfast.passes", 30)),
                "--report",
                report.toString(),
                "--output",
                "json");
    assertEquals(0, exit, err.toString());
    var result = new ObjectMapper().readTree(out.toString());
    assertTrue(result.get("verified").asBoolean(), out.toString());
    assertEquals(result.get("undisturbedModelDigest").asText(), result.get("modelDigest").asText());
    assertEquals(3, result.get("killed").size());
    String shown = err.toString();
    for (String what : new String[] {"kill -9 node", "kill -9 worker", "kill -9 everything"}) {
      assertTrue(shown.contains(what), shown);
    }
    assertTrue(shown.contains("nodes none"), shown);
    String page = Files.readString(report);
    assertTrue(page.contains("class=\"event\""), page);
    assertTrue(page.contains("kill -9 everything"), page);
  }
}
