package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.model.Consistency;
import io.holdfast.model.KnownConsistency;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import org.junit.jupiter.api.Test;

class HeardConsistenciesTest {
  private static final TableName NAME = TableName.newBuilder().setJob("j").setTable("t").build();
  private static final TableSpec SPEC = TableSpec.sparse().staleness(4).build();

  private final HeardConsistencies heard = new HeardConsistencies();

  @Test
  void answersMayComeInAnyOrder() {
    assertEquals(KnownConsistency.first(Consistency.bounded(4)), heard.of(NAME, SPEC));
    hear(7, 2, 1);
    hear(7, 1, 9);
    hear(7, 0, 4);
    assertEquals(new KnownConsistency(Consistency.bounded(1), 2), heard.of(NAME, SPEC));
  }

  @Test
  void aTableThatIsMadeAgainBeginsAgain() {
    hear(7, 2, 1);
    hear(8, 0, 4);
    hear(7, 3, 2);
    assertEquals(KnownConsistency.first(Consistency.bounded(4)), heard.of(NAME, SPEC));
  }

  private void hear(int table, int version, int staleness) {
    var spec = SPEC.withConsistency(Consistency.bounded(staleness));
    heard.heard(
        NAME,
        Table.newBuilder()
            .setId(table)
            .setConsistencyVersion(version)
            .setDefinition(Definitions.toProto(spec))
            .build());
  }
}
