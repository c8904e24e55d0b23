package io.holdfast.tools.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.v1.AcceptLossReply;
import io.holdfast.v1.Range;
import io.holdfast.v1.RangeStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LossTest {
  private final Range before =
      Range.newBuilder()
          .setId(7)
          .setEpoch(6)
          .setActivatedEpoch(5)
          .addAllActivatedNodes(List.of(1, 3))
          .build();

  private static RangeStatus report(int epoch, long last, long committed, String state) {
    return RangeStatus.newBuilder()
        .setLastRecordEpoch(epoch)
        .setLastLsn(last)
        .setCommittedLsn(committed)
        .setState(state)
        .build();
  }

  @Test
  void whatOthersKnowToBeCommittedIsCounted() {
    var reports =
        Map.of(2, report(3, 120, 100, "OUT"), 4, report(5, 180, 170, "QUARANTINED: row 5"));
    AcceptLossReply reply = new Loss(before, 2, reports).reply().build();
    assertEquals(120, reply.getKeptLsn());
    assertEquals(3, reply.getKeptEpoch());
    assertEquals(170, reply.getKnownLsn());
    assertEquals(50, reply.getLostAtLeast());
    assertEquals(
        "range 7 goes on with node 2, whose log ends at record 120 of epoch 3; nodes [1, 3] had"
            + " every acknowledged push, in epoch 5. Acknowledged records behind that end are lost:"
            + " 50 at least, as record 170 is known to be committed. Other live nodes: node 4 to"
            + " record 180 of epoch 5, QUARANTINED: row 5",
        reply.getLost());
  }

  @Test
  void whereNobodyKnowsThatIsSaid() {
    AcceptLossReply reply =
        new Loss(before, 2, Map.of(2, report(3, 120, 100, "OUT"))).reply().build();
    assertEquals(0, reply.getLostAtLeast());
    assertEquals(120, reply.getKnownLsn());
    assertTrue(reply.getLost().endsWith("lost: no live node knows how many there are"));
    assertTrue(
        new Loss(before, 9, Map.of()).reply().getLost().contains("which has no record of it"));
  }

  @Test
  void whoHadAllLosesNothing() {
    AcceptLossReply reply =
        new Loss(before, 3, Map.of(3, report(5, 200, 190, "WAITING"))).reply().build();
    assertEquals(0, reply.getLostAtLeast());
    assertTrue(reply.getLost().endsWith("nothing is lost"), reply.getLost());
  }
}
