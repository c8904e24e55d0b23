package io.holdfast.replication.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.replication.chain.RosterPlan;
import io.holdfast.v1.GroupMember;
import io.holdfast.v1.GroupNow;
import io.holdfast.wire.OutboundReply;
import io.holdfast.wire.OutboundRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shard does for groups of workers; who carries rosters about is this test. */
@SuppressWarnings("NullAway.Init")
class GroupRequestsTest {
  private static final GroupPolicy LEAVE = new GroupPolicy(true, 300);

  @TempDir Path directory;
  private ShardFixture fixture;
  private ShardFixture.Client zero;
  private ShardFixture.Client one;
  private int incarnation;

  @BeforeEach
  void open() {
    var mean = Consistency.sequential(Consistency.Combine.MEAN);
    fixture = new ShardFixture(directory, TableSpec.dense(8).ranges(1).consistency(mean).build());
    zero = fixture.client(0);
    one = fixture.client(1);
    assertEquals(1, zero.join(2, 0));
    incarnation = one.join(2, 0);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private GroupView view(GroupPolicy policy) {
    return fixture.shard.ask(shard -> shard.group(ShardFixture.HOME, policy)).join();
  }

  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  private RosterAnswer apply(int range, Roster roster) {
    return fixture
        .shard
        .ask(shard -> shard.applyRoster(range, roster))
        .thenCompose(answer -> answer)
        .join();
  }

  /** Has the home range and the table's take what is due. */
  private void change(GroupPolicy policy) {
    var view = view(policy);
    var next =
        Objects.requireNonNull(
            RosterPlan.begin(
                view.roster(),
                view.size(),
                view.left(),
                view.lost(),
                view.returning(),
                view.wantedSize()));
    apply(ShardFixture.HOME, next);
    var answer = apply(ShardFixture.RANGE, next);
    if (next.pending() != null) {
      var settled = RosterPlan.settle(next, List.of(answer));
      apply(ShardFixture.HOME, settled);
      apply(ShardFixture.RANGE, settled);
    }
  }

  private ErrorCode refusal(ShardFixture.Client client, OutboundRequest request) {
    return client.ask(request).failure().code();
  }

  private OutboundRequest join(ShardFixture.Client client, int group) {
    return new OutboundRequest.Join(client.header(ShardFixture.HOME), 0, group, 0);
  }

  private GroupNow beat(ShardFixture.Client client, int as, int clock) {
    var beat = new OutboundRequest.Heartbeat(client.header(ShardFixture.HOME), as, clock, true);
    return client.ask(beat).cast(OutboundReply.Group.class).group();
  }

  @Test
  void groupsThatCannotBeAreRefused() {
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(one, join(one, 1)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(zero, join(zero, 0)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(zero, join(zero, -1)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(zero, join(zero, 100_001)));
    var elsewhere =
        new OutboundRequest.Heartbeat(zero.header(ShardFixture.RANGE), incarnation, 0, false);
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(zero, elsewhere));
    var nobody =
        assertThrows(
            CompletionException.class,
            () ->
                fixture
                    .shard
                    .ask(
                        shard -> {
                          shard.expel(ShardFixture.HOME, 2);
                          return true;
                        })
                    .join());
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        assertInstanceOf(HoldfastException.class, nobody.getCause()).code());
    var smaller = zero.ask(join(zero, 1)).joined(); // the larger group counts
    assertEquals(2, smaller.getIncarnation());
    assertEquals(2, smaller.getGroupSize());
    view(GroupPolicy.DEFAULT);
    assertEquals(2, beat(zero, 2, 0).getSize());
  }

  @Test
  void whoIsNotHeardOfIsLostWhereThatCounts() {
    assertEquals(List.of(), view(LEAVE).lost());
    Awaitility.await()
        .until(
            () -> {
              beat(zero, 1, 0);
              return !view(LEAVE).lost().isEmpty();
            });
    assertEquals(List.of(new Roster.Lost(1, 1)), view(LEAVE).lost());
    assertEquals(GroupMember.State.SILENT, beat(zero, 1, 5).getMembers(1).getState());
    assertEquals(GroupMember.State.LIVE, beat(zero, 1, 5).getMembers(0).getState());
    assertEquals(5, beat(zero, 1, 5).getMembers(0).getClock());
    assertEquals(List.of(), view(new GroupPolicy(false, 300)).lost());
  }

  @Test
  void whoeverIsNotExpectedYetIsNotSilent() {
    view(LEAVE);
    Awaitility.await()
        .until(
            () -> {
              beat(zero, 1, 0);
              return !view(LEAVE).lost().isEmpty();
            });
    var two = fixture.client(2);
    assertEquals(ErrorCode.NOT_READY, refusal(two, join(two, 3)));
    change(LEAVE);
    assertTrue(view(LEAVE).lost().stream().noneMatch(lost -> lost.rank() == 2));
  }

  @Test
  void whoComesBackIsNotGivenUpForTheSilenceBefore() {
    view(LEAVE);
    Awaitility.await()
        .until(
            () -> {
              beat(zero, 1, 0);
              return !view(LEAVE).lost().isEmpty();
            });
    change(LEAVE);
    assertEquals(ErrorCode.NOT_READY, refusal(one, join(one, 2)));
    change(LEAVE);
    assertTrue(view(LEAVE).lost().stream().noneMatch(lost -> lost.rank() == 1));
    assertEquals(2, one.ask(join(one, 2)).joined().getIncarnation());
  }

  @Test
  void whoComesBackIsNotGivenUpForWhatAnOperatorSaidBefore() {
    expel(1);
    change(GroupPolicy.DEFAULT);
    assertEquals(ErrorCode.NOT_READY, refusal(one, join(one, 2)));
    change(GroupPolicy.DEFAULT);
    assertEquals(List.of(), view(GroupPolicy.DEFAULT).lost());
    assertEquals(2, one.ask(join(one, 2)).joined().getIncarnation());
  }

  @Test
  void whoJoinsWhileItIsPlannedToGiveItUpIsNotGivenUp() {
    expel(1);
    var view = view(GroupPolicy.DEFAULT);
    assertEquals(List.of(new Roster.Lost(1, 1)), view.lost());
    var plan =
        Objects.requireNonNull(
            RosterPlan.begin(view.roster(), 2, List.of(), view.lost(), List.of(), 0));
    assertEquals(2, one.ask(join(one, 2)).joined().getIncarnation());
    var refused =
        assertThrows(CompletionException.class, () -> apply(ShardFixture.HOME, plan)).getCause();
    assertEquals(ErrorCode.NOT_READY, assertInstanceOf(HoldfastException.class, refused).code());
    assertEquals(List.of(), view(GroupPolicy.DEFAULT).lost());
  }

  @Test
  void aHeadThatDoesNotKnowTheJobsChoiceYetTellsNobodyAnother() {
    var beat = new OutboundRequest.Heartbeat(zero.header(ShardFixture.HOME), 1, 0, false);
    assertEquals(ErrorCode.NOT_READY, refusal(zero, beat));
    view(LEAVE);
    assertEquals(300, beat(zero, 1, 0).getLostAfterMillis());
  }

  @Test
  void whoWasNotToldYetThatItHasToSpeakMoreOftenIsNotLost() {
    var patient = new GroupPolicy(true, 60_000);
    Awaitility.await()
        .until(
            () -> {
              assertEquals(List.of(), view(patient).lost());
              return beat(zero, 1, 0).getMembers(1).getSilentMillis() > 400;
            });
    assertEquals(List.of(), view(LEAVE).lost());
    assertEquals(List.of(), view(LEAVE).lost());
  }

  private void expel(int rank) {
    fixture
        .shard
        .ask(
            shard -> {
              shard.expel(ShardFixture.HOME, rank);
              return true;
            })
        .join();
  }

  @Test
  void theUnfinishedClockOfALostWorkerIsDroppedAlsoAfterARestart() {
    zero.push(1, 1, 0, new long[] {0}, 1);
    one.push(1, 1, 0, new long[] {0}, 3);
    zero.tick(1, 2, 1);
    one.tick(1, 2, 1);
    zero.push(1, 3, 1, new long[] {0}, 10);
    one.push(1, 3, 1, new long[] {0}, 1000).pushed();
    expel(1);
    change(GroupPolicy.DEFAULT);
    var late = one.pushRequest(1, 4, 1, new long[] {0}, 1);
    assertEquals(ErrorCode.EXPELLED, refusal(one, late));
    assertEquals(GroupMember.State.LOST, beat(zero, 1, 1).getMembers(1).getState());
    fixture.restart();
    assertEquals(1, view(GroupPolicy.DEFAULT).roster().absences().size());
    fixture.restartCleanly();
    zero = fixture.client(0);
    zero.tick(1, 4, 2).cast(OutboundReply.Ticked.class);
    assertEquals(12, zero.pull(0)[0]); // the mean of 1 and 3, and 10 alone
  }

  @Test
  void whoComesBackOrIsNewWaitsUntilAllAgree() {
    var leave = new OutboundRequest.Leave(one.header(ShardFixture.HOME), incarnation, 7);
    one.ask(leave).cast(OutboundReply.Left.class);
    assertEquals(ErrorCode.NOT_READY, refusal(one, join(one, 2)));
    var two = fixture.client(2);
    assertEquals(ErrorCode.NOT_READY, refusal(two, join(two, 3)));
    var view = view(GroupPolicy.DEFAULT);
    assertEquals(List.of(new RosterPlan.Left(1, 1, 7)), view.left());
    assertEquals(List.of(1), view.returning());
    assertEquals(3, view.wantedSize());
    change(GroupPolicy.DEFAULT);
    assertEquals(8, one.ask(join(one, 2)).joined().getClock());
    assertEquals(0, two.ask(join(two, 3)).joined().getClock());
    assertEquals(3, beat(two, 1, 0).getSize());
  }

  @Test
  void aPullThatWaitsInVainNamesWhoIsBehind() {
    zero.tick(1, 1, 1);
    String message = String.valueOf(zero.ask(zero.pullRequest(1, 1, 0, 0)).failure().getMessage());
    assertTrue(message.contains("behind: rank 1 (0 clocks finished)"), message);
    assertTrue(message.contains("has not grown for"), message);
    assertTrue(message.contains("holdfast job"), message);
  }
}
