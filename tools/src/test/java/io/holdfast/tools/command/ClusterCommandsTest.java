package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.command.CommandLines.Ran;
import io.holdfast.v1.AcceptLossRequest;
import io.holdfast.v1.ChainStatus;
import io.holdfast.v1.ChangeNodeRequest;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.DigestReply;
import io.holdfast.v1.Member;
import io.holdfast.v1.MoveRangeRequest;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.Range;
import io.holdfast.v1.RangeStatus;
import io.holdfast.v1.ReplicaStatus;
import io.holdfast.v1.ScrubResult;
import io.holdfast.v1.SplitRangeRequest;
import io.holdfast.v1.TableChains;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands about a cluster, against a node that makes one up. */
@SuppressWarnings("NullAway.Init")
class ClusterCommandsTest {
  private FakeControl node;

  @BeforeEach
  void start() throws IOException {
    node = new FakeControl(cluster());
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private static Member.Builder member(int id, Member.Role role) {
    return Member.newBuilder().setNode(id).setIncarnation(1).setRole(role);
  }

  private static ReplicaStatus replica(int id, long last, long committed) {
    return ReplicaStatus.newBuilder()
        .setNode(id)
        .setStatus(RangeStatus.newBuilder().setLastLsn(last).setCommittedLsn(committed))
        .build();
  }

  private static ClusterStatusReply cluster() {
    Range range =
        Range.newBuilder()
            .setId(7)
            .setEpoch(4)
            .setActivatedEpoch(4)
            .addMembers(member(2, Member.Role.SERVING))
            .addMembers(member(1, Member.Role.SERVING))
            .addMembers(member(3, Member.Role.SYNCING))
            .build();
    return ClusterStatusReply.newBuilder()
        .setMapVersion(12)
        .setControllerEpoch(3)
        .setControllerNode(1)
        .addNodes(info(1, true))
        .addNodes(info(2, true))
        .addNodes(info(3, false))
        .addTables(
            TableChains.newBuilder()
                .setJob("ads")
                .setTable("w")
                .addRanges(
                    ChainStatus.newBuilder()
                        .setRange(range)
                        .setWantedReplicas(3)
                        .addReplicas(replica(2, 110, 105))
                        .addReplicas(replica(1, 107, 104))
                        .addReplicas(replica(3, 90, 90))))
        .setUnderReplicated(1)
        .build();
  }

  private static NodeInfo info(int id, boolean live) {
    return NodeInfo.newBuilder()
        .setNode(id)
        .setAddress("10.0.0." + id + ":7070")
        .setLive(live)
        .setWanted("ACTIVE")
        .setRanges(1)
        .build();
  }

  @Test
  void statusShowsChainsAndLagAndEndsWithAnotherCodeWhereReplicasAreMissing() throws Exception {
    Ran ran = run("status");
    assertEquals(ExitCode.UNDER_REPLICATED.number(), ran.code(), ran.err());
    assertTrue(ran.out().contains("3 nodes, 2 live; controller node 1 (epoch 3)"), ran.out());
    assertTrue(ran.out().contains("2 -> 1, syncing 3"), ran.out());
    assertTrue(ran.out().contains("5 2 -15"), ran.out());
    assertTrue(ran.out().contains("2 of 3"), ran.out());
    JsonNode chain = json("status", ExitCode.UNDER_REPLICATED).at("/tables/0/ranges/0");
    assertEquals(105, chain.get("committedLsn").asLong());
    assertEquals(-15, chain.at("/replicas/2/lag").asLong());
    assertEquals("SYNCING", chain.at("/members/2/role").asText());
  }

  @Test
  void statusIsOkOfACompleteCluster() throws IOException {
    node.close();
    node = new FakeControl(cluster().toBuilder().setUnderReplicated(0).build());
    assertEquals(0, run("status").code());
  }

  @Test
  void nodesAreListed() throws Exception {
    JsonNode document = json("node list", ExitCode.OK);
    assertEquals(3, document.get("nodes").size());
    assertEquals(false, document.at("/nodes/2/live").asBoolean());
    assertTrue(run("node list").out().contains("10.0.0.3:7070"));
  }

  @Test
  void drainWaitsUntilNoRangeIsLeft() {
    int[] asked = {0};
    node.afterEachStatus(
        status -> {
          var changed = status.toBuilder();
          changed.getNodesBuilder(1).setRanges(asked[0]++ == 0 ? 1 : 0);
          return changed.build();
        });
    Ran ran = run("node drain 2");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("node 2 is drained"), ran.out());
    assertTrue(ran.err().contains("1 left"), ran.err());
    assertEquals(
        List.of(ChangeNodeRequest.newBuilder().setNode(2).setWanted("DRAINING").build()),
        node.orders());
  }

  @Test
  void aDrainNeedNotBeWaitedForAndCanBeTakenBack() {
    assertTrue(run("node drain 2 --no-wait").out().contains("1 to move"));
    assertEquals(0, run("node undrain 2").code());
    assertEquals(
        ChangeNodeRequest.newBuilder().setNode(2).setWanted("ACTIVE").build(),
        node.orders().get(1));
  }

  @Test
  void aNodeWithRangesIsNotRemovedByAccident() {
    Ran ran = run("node remove 2");
    assertEquals(ExitCode.BUSY.number(), ran.code());
    assertTrue(ran.err().contains("holdfast node drain 2"), ran.err());
    assertEquals(List.of(), node.orders());
    assertEquals(0, run("node remove 2 --yes").code());
    assertEquals(ExitCode.USAGE.number(), run("node remove 9").code());
  }

  @Test
  void rangesAreListedMovedSplitAndGivenUp() {
    assertTrue(run("range list --table w").out().contains("2 -> 1, syncing 3"));
    assertEquals(1, run("range list --table none").out().lines().count());
    assertEquals(0, run("range move 7 --from 1 --to 4").code());
    assertEquals(0, run("range split 7 --at 18446744073709551615").code());
    Ran lost = run("range accept-loss 7 --yes");
    assertTrue(lost.out().startsWith("lost: what node 2 had above LSN 17"), lost.out());
    assertEquals(
        List.of(
            MoveRangeRequest.newBuilder().setRange(7).setFrom(1).setTo(4).build(),
            SplitRangeRequest.newBuilder().setRange(7).setKey(-1).build(),
            AcceptLossRequest.newBuilder().setRange(7).build()),
        node.orders());
  }

  @Test
  void scrubTellsADifferenceFromWhatCouldNotBeCompared() throws Exception {
    var equal =
        ScrubResult.newBuilder()
            .setRange(7)
            .setLsn(105)
            .setEqual(true)
            .addDigests(DigestReply.newBuilder().setNode(1).setRowsDigest(-1))
            .build();
    node.scrubFinds(equal);
    Ran ran = run("scrub");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("1:ffffffffffffffff/0000000000000000"), ran.out());
    node.scrubFinds(equal, equal.toBuilder().setEqual(false).setError("node 3 is away").build());
    assertEquals(ExitCode.BUSY.number(), run("scrub").code());
    node.scrubFinds(equal, equal.toBuilder().setEqual(false).build());
    JsonNode document = json("scrub --job ads", ExitCode.DIFFERENT);
    assertEquals("DIFFERENT", document.at("/ranges/1/verdict").asText());
  }

  @Test
  void aDeadNodeIsPassedOver() {
    Ran ran = CommandLines.run("node", "list", "--server", "127.0.0.1:1," + node.address());
    assertEquals(0, ran.code(), ran.err());
  }

  private Ran run(String arguments) {
    return CommandLines.run(
        Stream.concat(
                Arrays.stream(arguments.split(" ", -1)), Stream.of("--server", node.address()))
            .toArray(String[]::new));
  }

  private JsonNode json(String arguments, ExitCode code) throws Exception {
    Ran ran = run(arguments + " --output json");
    assertEquals(code.number(), ran.code(), ran.err());
    return new ObjectMapper().readTree(ran.out());
  }
}
