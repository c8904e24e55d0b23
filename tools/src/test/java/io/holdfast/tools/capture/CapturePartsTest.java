package io.holdfast.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CapturedRange;
import io.holdfast.v1.CapturedWorker;
import io.holdfast.v1.Job;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import io.holdfast.v1.SavedPosition;
import io.holdfast.v1.Table;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is asked of whom, and what belongs together. */
class CapturePartsTest {
  private static Range range(int id, long start, long end, String... addresses) {
    var range = Range.newBuilder().setId(id).setStart(start).setEnd(end);
    for (String address : addresses) {
      range.addMembers(Member.newBuilder().setAddress(address).setRole(Member.Role.SERVING));
    }
    return range
        .addMembers(Member.newBuilder().setAddress("joiner").setRole(Member.Role.SYNCING))
        .build();
  }

  private static WantedRange wanted(int id, String... addresses) {
    return new WantedRange("job", "t", range(id, id, id + 1, addresses));
  }

  private static Map<String, Set<Integer>> ids(Map<String, List<WantedRange>> chosen) {
    return chosen.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry ->
                    entry.getValue().stream().map(WantedRange::id).collect(Collectors.toSet())));
  }

  @Test
  void asFewNodesAsCoverAllAreAsked() {
    var ranges =
        List.of(wanted(1, "a", "b"), wanted(2, "b", "c"), wanted(3, "b", "c"), wanted(4, "a"));
    assertEquals(
        Map.of("b", Set.of(1, 2, 3), "a", Set.of(4)),
        ids(NodeCover.choose(ranges, Set.of(), Set.of())));
    assertEquals(
        Map.of("c", Set.of(2, 3), "a", Set.of(1, 4)),
        ids(NodeCover.choose(ranges, Set.of(), Set.of("b"))));
    assertEquals(Map.of(), ids(NodeCover.choose(List.of(wanted(1)), Set.of(), Set.of())));
    var either = List.of(wanted(1, "a", "b"));
    assertEquals(Map.of("a", Set.of(1)), ids(NodeCover.choose(either, Set.of(), Set.of())));
    assertEquals(Map.of("b", Set.of(1)), ids(NodeCover.choose(either, Set.of("b"), Set.of())));
  }

  private static final Job JOB = Job.newBuilder().setName("ads").setHome(range(1, 0, 0)).build();
  private static final Job OTHER = Job.newBuilder().setName("mf").setHome(range(9, 0, 0)).build();

  private static Table table(String name, Range... ranges) {
    return Table.newBuilder().setJob("ads").setName(name).addAllRanges(List.of(ranges)).build();
  }

  @Test
  void aSelectionTakesTheHomeRangesOfItsJobsAlong() {
    var w = table("w", range(2, 0, 50), range(3, 50, 0));
    var b = table("b", range(4, 0, 0));
    var all = WantedRanges.select(List.of(JOB, OTHER), List.of(w, b), "", Set.of());
    assertEquals(List.of(1, 9, 2, 3, 4), all.ranges().stream().map(WantedRange::id).toList());
    var some = WantedRanges.select(List.of(JOB, OTHER), List.of(w, b), "", Set.of("b"));
    assertEquals(List.of(1, 4), some.ranges().stream().map(WantedRange::id).toList());
    var one = WantedRanges.select(List.of(JOB, OTHER), List.of(w, b), "mf", Set.of());
    assertEquals(List.of(9), one.ranges().stream().map(WantedRange::id).toList());
    assertEquals(ErrorCode.UNKNOWN_JOB, refused("no", Set.of()));
    assertEquals(ErrorCode.UNKNOWN_TABLE, refused("", Set.of("w", "no")));
  }

  private static ErrorCode refused(String job, Set<String> tables) {
    return assertThrows(
            HoldfastException.class,
            () -> WantedRanges.select(List.of(JOB), List.of(table("w")), job, tables))
        .code();
  }

  @Test
  void aRangeThatIsSplitAfterItWasCapturedIsNotWantedAgain() {
    var whole = new WantedRange("ads", "w", range(2, 0, 0));
    var left = range(5, 0, 7).toBuilder().addAncestors(2).build();
    var right = range(6, 7, 0).toBuilder().addAncestors(2).build();
    var now = new WantedRanges(List.of(JOB), List.of(table("w", left, right)));
    assertEquals(List.of(1), now.missing(List.of(whole)).stream().map(WantedRange::id).toList());
    assertEquals(List.of(whole), now.known(List.of(whole)));
    var half = new WantedRange("ads", "w", left);
    assertEquals(List.of(1, 6), now.missing(List.of(half)).stream().map(WantedRange::id).toList());
    var dropped = new WantedRanges(List.of(JOB), List.of());
    assertTrue(dropped.known(List.of(whole)).isEmpty());
  }

  private static CapturedRange home(int roster, long seq) {
    return CapturedRange.newBuilder()
        .setRange(1)
        .setRoster(roster)
        .addWorkers(CapturedWorker.newBuilder().setRank(0).setIncarnation(2))
        .addSaved(SavedPosition.newBuilder().setRank(0).setClock(3).putSeqs(2, seq))
        .build();
  }

  private static CapturedRange entry(int roster, int incarnation, long seq) {
    return CapturedRange.newBuilder()
        .setRange(5)
        .setRoster(roster)
        .addWorkers(CapturedWorker.newBuilder().setRank(-5).setIncarnation(7).setSeq(1))
        .addWorkers(CapturedWorker.newBuilder().setRank(0).setIncarnation(incarnation).setSeq(seq))
        .build();
  }

  private static SavedOrder.@Nullable Fault check(CapturedRange home, CapturedRange range) {
    return SavedOrder.check(home, range, List.of(2));
  }

  @Test
  void noSavedStateMayBeNewerThanARangesEntry() {
    assertNull(check(home(0, 10), entry(0, 2, 10)));
    assertNull(check(home(0, 10), entry(0, 1, 11)));
    var behind = check(home(0, 10), entry(0, 2, 9));
    assertNotNull(behind);
    assertFalse(behind.home());
    assertEquals(5, behind.range());
    var never = check(home(0, 10), CapturedRange.newBuilder().setRange(5).build());
    assertNotNull(never);
    assertFalse(never.home());
    assertNull(SavedOrder.check(home(0, 10), entry(0, 2, 9), List.of()), "names no such range");
  }

  @Test
  void noRangeMayKnowMoreOfTheGroupThanTheHomeRange() {
    assertNull(check(home(4, 0), entry(3, 2, 0)));
    var roster = check(home(4, 0), entry(5, 2, 0));
    assertNotNull(roster);
    assertTrue(roster.home());
    var joined = check(home(0, 0), entry(0, 3, 0));
    assertNotNull(joined);
    assertTrue(joined.home());
  }
}
