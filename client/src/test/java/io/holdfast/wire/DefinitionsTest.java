package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Initial;
import io.holdfast.model.KeyRange;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.Range;
import io.holdfast.v1.TableDefinition;
import java.util.List;
import org.junit.jupiter.api.Test;

class DefinitionsTest {
  @Test
  void everyDefinitionComesBack() {
    for (TableSpec spec :
        List.of(
            TableSpec.sparse().build(),
            TableSpec.dense(1L << 33)
                .width(64)
                .rule(Rules.adam(0.1))
                .ranges(7)
                .replicas(16)
                .build(),
            TableSpec.sparse().hashed().initial(new Initial.Uniform(-1, 1, -9)).build(),
            TableSpec.sparse().initial(new Initial.Normal(0, 0, 3)).staleness(4).build(),
            TableSpec.sparse().int64().initial(new Initial.Constant(5)).build(),
            TableSpec.sparse()
                .consistency(new Consistency.Sequential(Consistency.Combine.MEAN, 2))
                .durability(Durability.MEMORY)
                .nanPolicy(NanPolicy.ALLOW)
                .rule(Rules.ftrl(1, 2, 3, 4))
                .proximal(Rules.proximalL1(0.5), Rules.proximalL2(2))
                .stalenessScaled()
                .build(),
            TableSpec.sparse().nanPolicy(NanPolicy.ZERO).staleness(0).minInSync(16).build(),
            TableSpec.sparse().replicas(3).minInSync(3).combinePushes().build())) {
      assertEquals(spec, Definitions.fromProto(Definitions.toProto(spec)));
    }
  }

  @Test
  void aDefinitionThatCannotBeIsRefused() {
    TableDefinition valid = Definitions.toProto(TableSpec.sparse().build());
    refuses(valid.toBuilder().setWidth(0).build());
    refuses(valid.toBuilder().setElementValue(77).build());
    refuses(valid.toBuilder().setReplicas(17).build());
    refuses(valid.toBuilder().setMinInSync(17).build());
    refuses(valid.toBuilder().setReplicas(2).setMinInSync(3).build());
    refuses(valid.toBuilder().setReplicas(-1).build());
    var combines = valid.toBuilder().setCombinePushes(true);
    refuses(combines.clone().setStalenessScaled(true).build());
    refuses(combines.clone().setRule(Definitions.toProto(Rules.sgd(0.1))).build());
    refuses(combines.clone().addProximal(Definitions.toProto(Rules.proximalL1(1))).build());
    refuses(valid.toBuilder().setRule(io.holdfast.v1.Rule.newBuilder().setName("?")).build());
    refuses(
        valid.toBuilder()
            .setConsistency(
                io.holdfast.v1.Consistency.newBuilder()
                    .setKind(io.holdfast.v1.Consistency.Kind.BOUNDED)
                    .setStaleness(-1))
            .build());
  }

  @Test
  void rangesKeepTheirUnsignedBounds() {
    assertEquals(
        new KeyRange(-5, 0), Definitions.fromProto(Range.newBuilder().setStart(-5).build()));
  }

  private static void refuses(TableDefinition definition) {
    assertEquals(
        ErrorCode.INVALID_DEFINITION,
        assertThrows(HoldfastException.class, () -> Definitions.fromProto(definition)).code());
  }
}
