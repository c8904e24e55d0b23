package io.holdfast.client.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RangeLinkTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final KeyRange KEYS = new KeyRange(0, 100);

  private final VirtualHost host = new VirtualHost();
  private final WorkerLinks links =
      new WorkerLinks(
          host,
          new RetryPolicy(100 * MILLI, 1_000 * MILLI, 5 * MILLI, 100 * MILLI, 1_000 * MILLI, true),
          false,
          new Route(1, KeyRange.ALL, 1, "home"));
  private final RangeSet set;

  RangeLinkTest() {
    links.begin(new Reply.Joined(0, 1, 0, 0, 0, null), 0, null);
    set = links.open(1, List.of(chain(1, "a", "b", "c")));
    links.submit(link(), new RangeCall.Join(Outcome.NONE, deadline(), 1, 1));
    host.answer(links, host.at("a").get(0), new Reply.Joined(0, 1, 0, 0, 0, null));
  }

  private static Route chain(int epoch, String... members) {
    return new Route(7, KEYS, epoch, members.length == 0 ? "" : members[0], List.of(members));
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
    set.apply(
        List.of(
            new Route(9, new KeyRange(40, 100), 1, "y"),
            new Route(8, new KeyRange(0, 40), 1, "x")));
    assertEquals(2, set.links().size());
    assertEquals(List.of(2L, 3L), host.seqsAt("x"));
    assertEquals(List.of(2L, 3L), host.seqsAt("y"));
    assertEquals(4, host.at("x").size());
    assertEquals(40, ((OutboundRequest.Push) host.requestsAt("x").get(0)).keys().count());
    assertEquals(60, ((OutboundRequest.Push) host.requestsAt("y").get(0)).keys().count());
    assertEquals(0, ((OutboundRequest.Push) host.requestsAt("y").get(1)).keys().count());
    assertEquals(4, ((OutboundRequest.Tick) host.requestsAt("y").get(2)).seq());

    // A call that was cut by the old shape goes to the halves that have its keys.
    var late = new VirtualHost.Result();
    links.submit(parent, new PushCall(late, deadline(), new VirtualHost.Rows(100), 50, 60));
    assertEquals(List.of(2L, 3L), host.seqsAt("x"));
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
    other.apply(
        List.of(
            new Route(21, new KeyRange(0, 50), 1, "x"),
            new Route(22, new KeyRange(50, 100), 1, "y")));
    host.answer(links, host.at("x").get(0), new Reply.Joined(0, 1, 3, 0, 0, null));
    assertEquals(0, joined.ends);
    host.answer(links, host.at("y").get(0), new Reply.Joined(0, 1, 4, 0, 0, null));
    assertEquals(1, joined.ends);
    assertTrue(other.isJoined());
    assertEquals(3, other.links().get(0).lastSeq());
    assertEquals(4, other.links().get(1).lastSeq());
  }

  @Test
  void leavingATableThatIsGoneIsDone() {
    var outcomes = new LinkedHashSet<VirtualHost.Result>();
    links.leave(
        () -> {
          var result = new VirtualHost.Result();
          outcomes.add(result);
          return result;
        },
        deadline());
    host.answer(links, host.at("home").get(0), new Reply.Left(0, 1));
    host.refuse(links, host.at("a").get(0), ErrorCode.UNKNOWN_RANGE);
    links.drop(set, new HoldfastException(ErrorCode.UNKNOWN_TABLE, "t"));
    for (var result : outcomes) {
      assertEquals(1, result.ends);
      assertNull(result.error);
    }
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
