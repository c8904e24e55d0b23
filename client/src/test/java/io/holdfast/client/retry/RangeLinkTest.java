package io.holdfast.client.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class RangeLinkTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final KeyRange KEYS = new KeyRange(0, 100);

  private final VirtualHost host = new VirtualHost();
  private final WorkerLinks links = worker(false);
  private final RangeSet set;

  RangeLinkTest() {
    links.begin(new Reply.Joined(0, 1, 0, 0, 0, null), 0, null);
    set = links.open(1, List.of(chain(1, "a", "b", "c")));
    links.submit(link(), new RangeCall.Join(Outcome.NONE, deadline(), 1, 1));
    host.answer(links, host.at("a").get(0), new Reply.Joined(0, 1, 0, 0, 0, null));
  }

  private WorkerLinks worker(boolean isAnonymous) {
    return new WorkerLinks(
        host,
        new RetryPolicy(100 * MILLI, 1_000 * MILLI, 5 * MILLI, 100 * MILLI, 1_000 * MILLI, true),
        isAnonymous,
        new Route(1, KeyRange.ALL, 1, "home"));
  }

  private static Route chain(int epoch, String... members) {
    return new Route(7, KEYS, epoch, members.length == 0 ? "" : members[0], List.of(members));
  }

  private static Route half(int id, long start, long end, String head, Integer... ancestors) {
    List<Integer> of = ancestors.length == 0 ? List.of(7) : List.of(ancestors);
    return new Route(id, new KeyRange(start, end), 1, head, List.of(head), of);
  }

  private RangeLink link() {
    return set.links().get(0);
  }

  private long deadline() {
    return host.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private VirtualHost.Result push(RangeLink link) {
    var result = new VirtualHost.Result();
    links.submit(link, new PushCall(result, deadline(), new VirtualHost.Rows(100), 0, 100));
    return result;
  }

  private VirtualHost.Result pull(boolean latest) {
    var result = new VirtualHost.Result();
    var rows = new VirtualHost.Rows(100);
    links.submit(link(), new PullCall(result, deadline(), rows, 0, 100, latest));
    return result;
  }

  private void answerAll(String address, boolean duplicate) {
    for (RangeCall call : host.at(address)) {
      host.answer(links, call, new Reply.Pushed(0, 1, duplicate));
    }
  }

  @Test
  void anotherHeadGetsWhatIsUnansweredInOrderUnderItsSeqsAndTheNewEpoch() {
    var results = new ArrayList<VirtualHost.Result>();
    for (int i = 0; i < 5; i++) {
      results.add(push(link()));
    }
    host.answer(links, host.at("a").get(0), new Reply.Pushed(0, 1, false));
    host.map = List.of(chain(2, "b", "c"));
    host.breakStream(links, "a");
    host.run(0); // the map is asked at once
    assertEquals(List.of(2L, 3L, 4L, 5L), host.seqsAt("b"));
    assertEquals(List.of(), host.at("a"));
    for (OutboundRequest request : host.requestsAt("b")) {
      assertEquals(2, request.header().epoch());
    }
    results.add(push(link()));
    answerAll("b", true);
    for (var result : results) {
      assertEquals(1, result.ends);
      assertNull(result.error);
    }
    assertEquals(6, link().lastSeq());
  }

  @Test
  void anotherEpochOfTheSameHeadHasEverythingSentAgain() {
    push(link());
    push(link());
    assertEquals(1, host.requestsAt("a").get(0).header().epoch());
    RangeCall first = host.at("a").get(0);
    long number = first.number();
    set.apply(List.of(chain(2, "a", "b")));
    assertEquals(List.of(1L, 2L), host.seqsAt("a"));
    assertTrue(first.number() > number, "the reply to the old epoch would be taken");
    assertEquals(2, host.requestsAt("a").get(0).header().epoch());
    set.apply(List.of(chain(1, "x"))); // by a node that lags behind
    assertEquals(2, link().route().epoch());
    host.refuse(links, first, ErrorCode.STALE_EPOCH);
    host.map = List.of(chain(3, "a"));
    host.run(0);
    assertEquals(List.of(1L, 2L), host.seqsAt("a"));
    assertEquals(3, host.requestsAt("a").get(0).header().epoch());
  }

  @Test
  void inStepNoRangeGetsATickBeforeAllRangesHaveTheClocksPushes() {
    var other = links.open(2, List.of(new Route(8, KEYS, 1, "b", List.of("b")))).links().get(0);
    links.submit(other, new RangeCall.Join(Outcome.NONE, deadline(), 1, 1));
    host.answer(links, host.at("b").get(0), new Reply.Joined(0, 1, 0, 0, 0, null));
    links.keepInStep();
    push(link());
    push(other);
    links.tick(() -> Outcome.NONE, deadline());
    push(link());
    assertEquals(1, host.at("a").size());
    host.answer(links, host.at("a").get(0), new Reply.Pushed(0, 1, false));
    assertEquals(List.of(), host.at("a"), "the other push has no answer");
    host.answer(links, host.at("b").get(0), new Reply.Pushed(0, 1, false));
    assertEquals(2, host.at("a").size());
    assertTrue(host.requestsAt("a").get(0) instanceof OutboundRequest.Tick);
    assertEquals(List.of(3L), host.seqsAt("a"));
    assertTrue(host.requestsAt("b").get(0) instanceof OutboundRequest.Tick);
  }

  @Test
  void inStepNoTickIsSentAfterAPushWasLost() {
    var other = links.open(2, List.of(new Route(8, KEYS, 1, "b", List.of("b")))).links().get(0);
    links.submit(other, new RangeCall.Join(Outcome.NONE, deadline(), 1, 1));
    host.answer(links, host.at("b").get(0), new Reply.Joined(0, 1, 0, 0, 0, null));
    links.keepInStep();
    var pushed = push(other);
    links.tick(() -> Outcome.NONE, deadline());
    host.refuse(links, host.at("b").get(0), ErrorCode.SEQ_GAP);
    assertEquals(ErrorCode.SEQ_GAP, java.util.Objects.requireNonNull(pushed.error).code());
    assertEquals(List.of(), host.at("a"));
  }

  @Test
  void aRangeWithoutAHeadIsAskedForUntilItHasOne() {
    push(link());
    host.map = List.of(chain(2));
    host.breakStream(links, "a");
    host.run(200);
    push(link());
    assertTrue(host.fetches.size() > 3);
    host.map = List.of(chain(3, "c"));
    host.run(100);
    assertEquals(List.of(1L, 2L), host.seqsAt("c"));
  }

  @Test
  void pausesGrowAndStayBelowTheirBounds() {
    push(link());
    host.map = List.of(chain(1, "a", "b", "c"));
    for (int i = 0; i < 12; i++) {
      host.refuse(links, host.at("a").get(0), ErrorCode.STALE_EPOCH);
      host.run(100);
      assertEquals(List.of(1L), host.seqsAt("a"), "after " + i);
    }
    long first = host.fetches.get(1);
    assertEquals(0, host.fetches.get(0) - 1);
    assertEquals(5 * MILLI, first - 100 * MILLI - 1);
    long last = host.fetches.get(11) - host.fetches.get(10);
    assertEquals(100 * MILLI, last);
    answerAll("a", false);
    push(link());
    int before = host.fetches.size();
    host.refuse(links, host.at("a").get(0), ErrorCode.STALE_EPOCH);
    assertEquals(before + 1, host.fetches.size()); // at once again
  }

  @Test
  void aBusyRangeIsLeftAloneForAWhileAndTheMapIsNotAsked() {
    push(link());
    push(link());
    host.refuse(links, host.at("a").get(0), ErrorCode.OVERLOADED);
    assertEquals(List.of(), host.at("a"));
    host.run(99);
    assertEquals(List.of(), host.at("a"));
    host.run(2);
    assertEquals(List.of(1L, 2L), host.seqsAt("a"));
    assertEquals(List.of(), host.fetches);
  }

  @Test
  void aNodeThatRefusesConnectionsDoesNotKeepTheMapBusy() {
    push(link());
    host.map = List.of(chain(1, "a", "b"));
    for (int i = 0; i < 2_000; i++) {
      host.breakStream(links, "a");
      host.run(1);
    }
    assertTrue(host.fetches.size() < 40, host.fetches.size() + " times in two seconds");
  }

  @Test
  void pullsAreSpreadAndGoToTheHeadWhereAReplicaFails() {
    for (int i = 0; i < 6; i++) {
      pull(false);
    }
    for (String node : List.of("a", "b", "c")) {
      assertEquals(2, host.at(node).size(), node);
    }
    host.map = List.of(chain(1, "a", "b", "c"));
    host.breakStream(links, "b");
    assertEquals(4, host.at("a").size());
    host.refuse(links, host.at("c").get(0), ErrorCode.DEADLINE_EXCEEDED);
    assertEquals(5, host.at("a").size());
    for (int i = 0; i < 4; i++) {
      pull(false); // nobody but the head is trusted for a second
    }
    assertEquals(9, host.at("a").size());
    host.run(1_001);
    for (int i = 0; i < 3; i++) {
      pull(false);
    }
    assertEquals(1, host.at("b").size());
  }

  @Test
  void aLatestPullGoesToTheTailAndFollowsIt() {
    var result = pull(true);
    var request = (OutboundRequest.Pull) host.requestsAt("c").get(0);
    assertTrue(request.latest());
    host.map = List.of(chain(2, "a", "b"));
    host.refuse(links, host.at("c").get(0), ErrorCode.STALE_EPOCH);
    host.run(0);
    assertEquals(1, host.at("b").size());
    host.answer(links, host.at("b").get(0), new Reply.Pulled(0, 2, 1, 0, 0, 0));
    assertEquals(1, result.ends);
  }

  private KeyField.Encoding form(RangeCall call, KeyLists<Boolean> sent) {
    OutboundRequest request = call.request(call.number(), host.nanoTime(), sent);
    call.noteSent(sent);
    return request instanceof OutboundRequest.Push push
        ? push.keys().encoding()
        : ((OutboundRequest.Pull) request).keys().encoding();
  }

  private List<KeyField.Encoding> forms(String address, KeyLists<Boolean> sent) {
    return host.at(address).stream().map(call -> form(call, sent)).toList();
  }

  private VirtualHost.Result pushListed() {
    var result = new VirtualHost.Result();
    links.submit(link(), new PushCall(result, deadline(), new VirtualHost.ListedRows(50), 0, 50));
    return result;
  }

  @Test
  void aNodeThatHasForgottenTheKeysIsToldThemAtOnceAndWhatIsBehindGoesAgainInOrder() {
    var sent = new KeyLists<Boolean>(1 << 20);
    var results = List.of(pushListed(), pushListed(), pushListed());
    assertEquals(
        List.of(KeyField.Encoding.DELTA, KeyField.Encoding.DIGEST, KeyField.Encoding.DIGEST),
        forms("a", sent));
    long number = host.at("a").get(2).number();
    host.answer(links, host.at("a").get(0), new Reply.Pushed(0, 1, false));
    host.refuse(links, host.at("a").get(0), ErrorCode.KEYS_UNKNOWN);
    // Without a pause, and without asking the map.
    assertEquals(List.of(2L, 3L), host.seqsAt("a"));
    assertEquals(List.of(), host.fetches);
    assertTrue(host.at("a").get(1).number() > number, "the reply to its first sending is taken");
    assertEquals(List.of(KeyField.Encoding.DELTA, KeyField.Encoding.DIGEST), forms("a", sent));
    answerAll("a", false);
    for (var result : results) {
      assertEquals(1, result.ends);
      assertNull(result.error);
    }
    // Another stream starts with nothing.
    pushListed();
    assertEquals(List.of(KeyField.Encoding.DELTA), forms("a", new KeyLists<>(1 << 20)));
    // Of a server that keeps no lists.
    var plain = (OutboundRequest.Push) host.at("a").get(0).request(1, host.nanoTime(), null);
    assertFalse(plain.keys().isDigested());
  }

  @Test
  void aPullWhoseKeysWereForgottenGoesAgainAloneAndANodeThatForgetsThemTwiceFailsIt() {
    var sent = new KeyLists<Boolean>(1 << 20);
    var pushed = pushListed();
    var pulled = new VirtualHost.Result();
    var rows = new VirtualHost.ListedRows(50);
    links.submit(link(), new PullCall(pulled, deadline(), rows, 0, 50, true));
    RangeCall pull = host.at("c").get(0);
    form(pull, sent);
    assertEquals(KeyField.Encoding.DIGEST, form(pull, sent));
    host.refuse(links, pull, ErrorCode.KEYS_UNKNOWN);
    assertEquals(List.of(pull), host.at("c"));
    assertEquals(KeyField.Encoding.DELTA, form(pull, sent));
    host.refuse(links, pull, ErrorCode.KEYS_UNKNOWN);
    assertEquals(1, pulled.ends);
    assertEquals(ErrorCode.KEYS_UNKNOWN, java.util.Objects.requireNonNull(pulled.error).code());
    assertEquals(1, host.at("a").size());
    answerAll("a", false);
    assertNull(pushed.error);
    assertTrue(links.isIdle());
  }

  @Test
  void aSplitCarriesUnansweredPushesIntoBothHalvesUnderTheirSeqs() {
    var first = push(link());
    host.answer(links, host.at("a").get(0), new Reply.Pushed(0, 1, false));
    var second = push(link());
    var left = new VirtualHost.Result();
    links.submit(link(), new PushCall(left, deadline(), new VirtualHost.Rows(10), 0, 10));
    var ticked = new VirtualHost.Result();
    links.tick(() -> ticked, deadline());
    var pulled = pull(false);
    RangeLink parent = link();
    set.apply(List.of(half(9, 40, 100, "y"), half(8, 0, 40, "x")));
    assertEquals(2, set.links().size());
    assertEquals(List.of(2L, 3L), host.seqsAt("x"));
    assertEquals(List.of(2L, 3L), host.seqsAt("y"));
    assertEquals(4, host.at("x").size());
    assertEquals(40, ((OutboundRequest.Push) host.requestsAt("x").get(0)).keys().count());
    assertEquals(60, ((OutboundRequest.Push) host.requestsAt("y").get(0)).keys().count());
    assertEquals(0, ((OutboundRequest.Push) host.requestsAt("y").get(1)).keys().count());
    assertEquals(4, ((OutboundRequest.Tick) host.requestsAt("y").get(2)).seq());

    // The halves are numbered as one, whichever of them has the keys.
    var late = new VirtualHost.Result();
    links.submit(parent, new PushCall(late, deadline(), new VirtualHost.Rows(100), 50, 60));
    assertEquals(List.of(2L, 3L, 5L), host.seqsAt("x"));
    assertEquals(List.of(2L, 3L, 5L), host.seqsAt("y"));

    // The second was in at the split, the others were not.
    for (String half : List.of("x", "y")) {
      for (RangeCall call : host.at(half)) {
        if (call instanceof PushCall push) {
          host.answer(links, call, new Reply.Pushed(0, 1, push.seq == 2));
        } else if (call instanceof TickCall) {
          host.answer(links, call, new Reply.Ticked(0, 1, false));
        } else {
          host.answer(links, call, new Reply.Pulled(0, 1, 1, 0, 0, 0));
        }
      }
    }
    for (var result : List.of(first, second, left, ticked, pulled, late)) {
      assertEquals(1, result.ends);
      assertNull(result.error);
    }
    assertEquals(2, second.replies.size());
    assertEquals(2, pulled.replies.size());
    set.apply(List.of(chain(1, "a"))); // by a node that lags behind
    assertEquals(2, set.links().size());
    assertTrue(links.isIdle());
  }

  @Test
  void aJoinUnderASplitJoinsBothHalves() {
    RangeSet other = links.open(2, List.of(new Route(20, KEYS, 1, "a")));
    var joined = new VirtualHost.Result();
    links.submit(other.links().get(0), new RangeCall.Join(joined, deadline(), 1, 1));
    other.apply(List.of(half(21, 0, 50, "x", 20), half(22, 50, 100, "y", 20)));
    host.answer(links, host.at("x").get(0), new Reply.Joined(0, 1, 3, 0, 0, null));
    assertEquals(0, joined.ends);
    host.answer(links, host.at("y").get(0), new Reply.Joined(0, 1, 4, 0, 0, null));
    assertEquals(1, joined.ends);
    assertTrue(other.isJoined());
    assertEquals(3, other.links().get(0).lastSeq());
    assertEquals(4, other.links().get(1).lastSeq());
  }

  private void split() {
    set.apply(List.of(half(8, 0, 40, "x"), half(9, 40, 100, "y")));
  }

  private VirtualHost.Result push(int from, int to) {
    var result = new VirtualHost.Result();
    var rows = new VirtualHost.Rows(100);
    RangeUnit unit = set.units().stream().filter(u -> u.keys().contains(from)).findFirst().get();
    links.submit(unit, new PushCall(result, deadline(), rows, from, to));
    return result;
  }

  private void answer(String address) {
    for (RangeCall call : host.at(address)) {
      host.answer(
          links,
          call,
          call instanceof TickCall ? new Reply.Ticked(0, 1, false) : new Reply.Pushed(0, 1, false));
    }
  }

  private RangeCall save(int clock) {
    links.submit(
        links.home().links().get(0),
        new RangeCall.Save(Outcome.NONE, deadline(), 1, clock, new byte[0], null));
    return host.at("home").get(0);
  }

  @Test
  void aSavedTickNamesTheHalvesAndEachIsNumberedByItselfOnceTheSaveIsAcknowledged() {
    split();
    push(0, 10);
    links.tick(() -> Outcome.NONE, deadline());
    push(50, 60);
    assertEquals(1, set.units().size());
    assertEquals(Map.of(8, 4L, 9, 4L), links.tickToSave(() -> Outcome.NONE, deadline()));
    assertEquals(2, set.units().size());
    var held = push(0, 10);
    push(10, 20);
    push(50, 60);
    // Not before the save: with the one before, these would be numbered as one.
    assertEquals(List.of(1L, 3L), host.seqsAt("x"));
    assertEquals(List.of(1L, 3L), host.seqsAt("y"));
    answer("x");
    answer("y");
    RangeCall saving = save(2);
    host.breakStream(links, "x"); // nothing was there
    host.run(1_000);
    assertEquals(List.of(), host.seqsAt("x"));
    host.answer(links, saving, new Reply.Saved(0, 1));
    assertEquals(List.of(5L, 6L), host.seqsAt("x"));
    assertEquals(List.of(5L), host.seqsAt("y"));
    answer("x");
    assertEquals(1, held.ends);
    assertNull(held.error);
    assertEquals(Map.of(8, 7L, 9, 6L), links.tickToSave(() -> Outcome.NONE, deadline()));
  }

  @Test
  void aHalfThatIsSplitWhileItWaitsForTheSaveWaitsOn() {
    split();
    links.tickToSave(() -> Outcome.NONE, deadline());
    push(0, 30);
    set.apply(
        List.of(half(10, 0, 20, "v", 7, 8), half(11, 20, 40, "w", 7, 8), half(9, 40, 100, "y")));
    push(0, 10);
    assertEquals(List.of(), host.seqsAt("v"));
    // Another saved tick does not end the unit that waits.
    assertEquals(Map.of(8, 4L, 9, 2L), links.tickToSave(() -> Outcome.NONE, deadline()));
    answer("v");
    answer("w");
    answer("y");
    host.answer(links, save(1), new Reply.Saved(0, 1));
    assertEquals(List.of(2L, 3L), host.seqsAt("v"));
    assertEquals(List.of(2L, 3L), host.seqsAt("w"));
    assertEquals(Map.of(10, 5L, 11, 5L, 9, 3L), links.tickToSave(() -> Outcome.NONE, deadline()));
  }

  @Test
  void whatWaitsForASaveThatFailsFails() {
    split();
    links.tickToSave(() -> Outcome.NONE, deadline());
    var held = push(0, 10);
    host.refuse(links, save(1), ErrorCode.LIMIT_EXCEEDED);
    assertEquals(ErrorCode.LIMIT_EXCEEDED, java.util.Objects.requireNonNull(held.error).code());
    assertTrue(links.isDamaged());
  }

  @Test
  void aRefusedPushLeavesNoGapInEitherHalf() {
    split();
    var refused = push(0, 100);
    push(0, 100);
    host.refuse(links, host.at("x").get(0), ErrorCode.NOT_A_NUMBER);
    assertEquals(ErrorCode.NOT_A_NUMBER, java.util.Objects.requireNonNull(refused.error).code());
    assertEquals(List.of(1L, 2L), host.seqsAt("x"));
    assertEquals(0, ((OutboundRequest.Push) host.requestsAt("x").get(0)).keys().count());
    assertEquals(List.of(1L, 2L), host.seqsAt("y"));
    assertEquals(60, ((OutboundRequest.Push) host.requestsAt("y").get(0)).keys().count());
  }

  @Test
  void aWorkerThatResumesNumbersWhatHasComeOfASavedRangeAsOneUntilItIsPastItsLastLife() {
    var resumed = worker(false);
    resumed.begin(new Reply.Joined(0, 2, 0, 0, 0, null), 3, Map.of(7, 5L, 30, 8L, 40, 9L));
    var table =
        resumed.open(
            1,
            List.of(
                half(12, 60, 100, "y", 7, 9),
                half(8, 0, 40, "x"),
                half(11, 40, 60, "w", 7, 9),
                new Route(30, new KeyRange(100, 200), 1, "z")));
    assertEquals(2, table.units().size());
    assertEquals(KEYS, table.units().get(0).keys());
    for (RangeLink link : table.links()) {
      resumed.submit(link, new RangeCall.Join(Outcome.NONE, deadline(), 2, 1));
    }
    for (String head : List.of("x", "w", "y", "z")) {
      long has = head.equals("w") ? 7 : 6; // of the life before
      host.answer(resumed, host.at(head).get(0), new Reply.Joined(0, 2, has, 3, 0, null));
    }
    assertEquals(5, table.units().get(0).lastSeq());
    assertEquals(8, table.units().get(1).lastSeq());
    assertEquals(Map.of(7, 6L, 30, 9L, 40, 9L), resumed.tickToSave(() -> Outcome.NONE, deadline()));
    assertEquals(
        Map.of(8, 7L, 11, 7L, 12, 7L, 30, 10L, 40, 9L),
        resumed.tickToSave(() -> Outcome.NONE, deadline()));
    assertEquals(4, table.units().size());
  }

  @Test
  void whereNothingWasSavedAllThatCameOfARangeIsNumberedAsOneFromTheStart() {
    var resumed = worker(false);
    resumed.begin(new Reply.Joined(0, 2, 0, 0, 0, null), 0, Map.of());
    var routes = List.of(half(8, 0, 40, "x"), half(12, 40, 100, "y", 7, 9));
    assertEquals(1, resumed.open(1, routes).units().size());
    var fresh = worker(false);
    fresh.begin(new Reply.Joined(0, 2, 0, 0, 0, null), 0, null);
    assertEquals(2, fresh.open(1, routes).units().size());
  }

  @Test
  void thoseOutsideAGroupNumberEachHalfByItselfAtOnce() {
    var outsider = worker(true);
    outsider.begin(new Reply.Joined(0, 1, 0, 0, 0, null), 0, null);
    var table = outsider.open(1, List.of(chain(1, "a")));
    outsider.submit(table.links().get(0), new RangeCall.Join(Outcome.NONE, deadline(), 1, 0));
    host.answer(outsider, host.at("a").get(0), new Reply.Joined(0, 1, 0, 0, 0, null));
    RangeUnit whole = table.units().get(0);
    table.apply(List.of(half(8, 0, 40, "x"), half(9, 40, 100, "y")));
    for (int from : List.of(0, 0, 50)) {
      var rows = new VirtualHost.Rows(100);
      outsider.submit(whole, new PushCall(Outcome.NONE, deadline(), rows, from, from + 10));
    }
    assertEquals(List.of(1L, 2L), host.seqsAt("x"));
    assertEquals(List.of(1L), host.seqsAt("y"));
  }

  @Test
  void leavingATableThatIsGoneIsDone() {
    var outcomes = new LinkedHashSet<VirtualHost.Result>();
    Supplier<Outcome> results =
        () -> {
          var result = new VirtualHost.Result();
          outcomes.add(result);
          return result;
        };
    links.leaveHome(results, deadline());
    links.leaveTables(results, deadline());
    host.answer(links, host.at("home").get(0), new Reply.Left(0, 1));
    host.refuse(links, host.at("a").get(0), ErrorCode.UNKNOWN_RANGE);
    links.drop(set, new HoldfastException(ErrorCode.UNKNOWN_TABLE, "t"));
    for (var result : outcomes) {
      assertEquals(1, result.ends);
      assertNull(result.error);
    }
  }

  @Test
  void whoHasLeftAlreadyLeavesAllTheSame() {
    var left = new VirtualHost.Result();
    links.leaveTables(() -> left, deadline());
    host.refuse(links, host.at("a").get(0), ErrorCode.NOT_JOINED);
    assertEquals(1, left.ends);
    assertNull(left.error);
  }

  @Test
  void aPushWithoutAnAnswerIsUnknownAndTakesThoseBehindItAlong() {
    var first = push(link());
    host.run(30_000);
    var second = push(link());
    host.run(30_001);
    links.expire();
    for (var result : List.of(first, second)) {
      assertEquals(
          ErrorCode.OUTCOME_UNKNOWN, java.util.Objects.requireNonNull(result.error).code());
    }
    assertEquals(List.of(), host.at("a"));
    assertTrue(links.isDamaged());
  }
}
