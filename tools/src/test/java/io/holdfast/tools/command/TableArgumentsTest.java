package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ElementType;
import io.holdfast.model.Initial;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.Placement;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TableArgumentsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"eventual", "bounded:0", "bounded:4", "sequential:sum", "sequential:mean:2"})
  void consistencyIsWrittenAsItIsRead(String text) {
    assertEquals(text, TableArguments.text(TableArguments.consistency(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"zero", "constant:1.5", "uniform:-0.1,0.1,7", "normal:0.0,0.01,-3"})
  void initialValuesAreWrittenAsTheyAreRead(String text) {
    assertEquals(text, TableArguments.text(TableArguments.initial(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"add", "prox_l1:strength=0.5", "prox_elastic_net:l1=0.1,l2=2.0"})
  void rulesAreWrittenAsTheyAreRead(String text) {
    assertEquals(text, TableArguments.text(TableArguments.rule(text)));
  }

  @Test
  void keysAreUnsignedDecimalOrHexadecimal() {
    assertEquals(-1, TableArguments.key("18446744073709551615"));
    assertEquals(-1, TableArguments.key("0xffffffffffffffff"));
    assertEquals(255, TableArguments.key("0xff"));
    for (String wrong : new String[] {"-1", "18446744073709551616", "0x", "1.0", ""}) {
      assertThrows(IllegalArgumentException.class, () -> TableArguments.key(wrong), wrong);
    }
  }

  @Test
  void aTablesOptionsMakeItsDefinition() {
    assertEquals(
        TableSpec.sparse()
            .width(8)
            .hashed()
            .initial(new Initial.Normal(0, 0.01, 7))
            .rule(Rules.momentum(0.1, 0.8))
            .proximal(Rules.proximalL1(0.5), Rules.proximalL2(2))
            .durability(Durability.MEMORY)
            .staleness(4)
            .nanPolicy(NanPolicy.ZERO)
            .stalenessScaled()
            .ranges(16)
            .replicas(3)
            .minInSync(1)
            .build(),
        spec(
            "w --sparse --width 8 --hashed --initial normal:0,0.01,7 --rule momentum"
                + " --rule-param learning_rate=0.1 --rule-param momentum=0.8"
                + " --prox prox_l1:strength=0.5 --prox prox_l2:strength=2 --durability memory"
                + " --consistency bounded:4 --nan zero --staleness-scaled --ranges 16"
                + " --replicas 3 --min-in-sync 1"));
  }

  @Test
  void whatIsLeftOutHasTheDefaultsOfTheLibrary() {
    assertEquals(TableSpec.sparse().build(), spec("w --sparse"));
    assertEquals(TableSpec.sparse().combinePushes().build(), spec("w --sparse --combine-pushes"));
    TableSpec dense = spec("w --rows 9 --int64 --consistency sequential");
    assertEquals(9, dense.rows());
    assertEquals(ElementType.INT64, dense.element());
    assertEquals(Placement.ORDERED, dense.placement());
    assertEquals(new Consistency.Sequential(Consistency.Combine.SUM, 0), dense.consistency());
  }

  private static TableSpec spec(String arguments) {
    var command = new CreateTableCommand();
    new CommandLine(command).parseArgs(arguments.split(" ", -1));
    return command.spec();
  }
}
