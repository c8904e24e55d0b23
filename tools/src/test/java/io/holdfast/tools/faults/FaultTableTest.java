package io.holdfast.tools.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultTableTest {
  private final FaultRow row = new FaultRow(Fault.TWO_IN_TURN);

  FaultTableTest() {
    row.injected(Duration.ofMillis(300));
    row.injected(Duration.ofMillis(100));
    row.injected(Duration.ofMillis(1_240));
    row.scrubbed(0);
    row.counted(12_345, 2, new Ledger.Wrong(0, 0), 0);
  }

  @Test
  void markdownHasAllColumns() {
    String[] lines = FaultTable.markdown(List.of(row)).split(System.lineSeparator(), -1);
    assertEquals(
        "| fault | times | pushes acknowledged | lost | twice | stale beyond bound | diverged"
            + " | outage p50 | longest outage |",
        lines[0]);
    assertEquals("| two-in-turn | 3 | 12,345 | 0 | 0 | 0 | 0 | 0.30 s | 1.24 s |", lines[2]);
  }

  @Test
  void whatWasNotComparedIsNotCalledEqual() {
    String table = FaultTable.markdown(List.of(new FaultRow(Fault.HEAD)));
    assertTrue(table.contains("| head | 0 | 0 | 0 | 0 | 0 | ? |"), table);
  }

  @Test
  void anyBrokenPromiseShows() {
    assertTrue(row.keepsThePromises());
    row.scrubbed(1);
    assertFalse(row.keepsThePromises());
    assertTrue(FaultTable.document(row).toString().contains("diverged=1"));
  }

  @Test
  void everyFaultHasANameOfItsOwn() {
    for (Fault fault : Fault.values()) {
      assertEquals(fault, Fault.of(fault.id()).orElseThrow());
    }
    assertTrue(Fault.ofProcesses().stream().noneMatch(Fault::isOfNetwork));
  }
}
