package io.holdfast.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.BeginRestoreRequest;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Job;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The catalogue's part in a restore (rule P30). */
class RestoresTest {
  private static final long TOKEN = 77;
  private static final int SNAPSHOT_RANGE = 500;
  private static final Set<Integer> ALL = Set.of(1, 2, 3, 4);

  /** 4 nodes, job "job" with a table of 2 ranges in chains of 3. */
  private final CatalogState settled = Clusters.settle(Clusters.table(4, 3, 2));

  private static BeginRestoreRequest wanted(String job, int ranges, boolean modelOnly) {
    var table =
        Table.newBuilder()
            .setJob(job)
            .setName("restored")
            .addFormerIds(499)
            .setDefinition(TableDefinition.newBuilder().setRows(100L * ranges).setReplicas(3));
    for (int i = 0; i < ranges; i++) {
      table.addRanges(
          Range.newBuilder()
              .setStart(i * 100L)
              .setEnd(i * 100L + 100)
              .addAncestors(SNAPSHOT_RANGE + i));
    }
    return BeginRestoreRequest.newBuilder()
        .setToken(TOKEN)
        .setLargestId(900)
        .setModelOnly(modelOnly)
        .addJobs(Job.newBuilder().setName(job).setHome(Range.newBuilder().addAncestors(498)))
        .addTables(table)
        .build();
  }

  private CatalogState begun() {
    return Restores.begin(settled, wanted("other", 7, false), ALL);
  }

  private static List<Range> pending(CatalogState state) {
    return Restores.ranges(Restores.existing(state, TOKEN));
  }

  /** Each node that lives in the life that was chosen has taken its ranges. */
  private static CatalogState importAll(CatalogState state) {
    for (var range : pending(state)) {
      state = imported(state, range);
    }
    return state;
  }

  private static CatalogState imported(CatalogState state, Range range) {
    var member = range.getMembers(0);
    return Restores.imported(
        state, TOKEN, member.getNode(), member.getIncarnation(), Set.of(range.getId()));
  }

  private static ErrorCode refusal(CatalogState state) {
    return assertThrows(HoldfastException.class, () -> Restores.adopt(state, TOKEN)).code();
  }

  private static ErrorCode refusal(CatalogState state, BeginRestoreRequest wanted) {
    return assertThrows(HoldfastException.class, () -> Restores.begin(state, wanted, ALL)).code();
  }

  @Test
  void idsAreAboveTheSnapshotsAndNodesShareTheRanges() {
    var state = begun();
    var ids = new TreeSet<Integer>();
    var byNode = new TreeMap<Integer, Integer>();
    for (var range : pending(state)) {
      ids.add(range.getId());
      byNode.merge(range.getMembers(0).getNode(), 1, Integer::sum);
      assertTrue(range.getId() > 900 && range.getId() <= state.getLastId(), range.toString());
    }
    assertEquals(8, ids.size(), "7 ranges and the home range");
    assertEquals(List.of(2, 2, 2, 2), List.copyOf(byNode.values()));
    assertEquals(settled.getTablesList(), state.getTablesList(), "nobody sees it");
    assertEquals(settled.getJobsList(), state.getJobsList());
    assertEquals(state, Clusters.plan(state), "nothing is planned for it");
    assertSame(state, Restores.begin(state, wanted("other", 7, false), ALL));
  }

  @Test
  void whatIsThereIsAdoptedInOneStepAndGetsItsReplicas() {
    var adopted = Restores.adopt(importAll(begun()), TOKEN);
    assertEquals(List.of(), adopted.getRestoresList());
    var table = Tables.existing(adopted, "other", "restored");
    assertEquals(List.of(499), table.getFormerIdsList());
    for (int i = 0; i < 7; i++) {
      var range = table.getRanges(i);
      assertEquals(List.of(SNAPSHOT_RANGE + i), range.getAncestorsList());
      assertFalse(Chains.isActivated(range), "its head activates it");
      assertEquals(1, range.getMembersCount());
    }
    assertEquals(List.of(498), Tables.existingJob(adopted, "other").getHome().getAncestorsList());
    var now = Clusters.settle(adopted);
    for (var placed : Chains.all(now)) {
      assertEquals(3, Chains.serving(placed.range()).size(), placed.toString());
    }
  }

  @Test
  void nobodyElseBeginsARangeWhoseNodeDies() {
    var adopted = Restores.adopt(importAll(begun()), TOKEN);
    int node = Tables.existing(adopted, "other", "restored").getRanges(0).getMembers(0).getNode();
    var known = Chains.node(adopted, node).orElseThrow();
    var dead = Clusters.plan(ChainChanges.declareDead(adopted, node, known.getIncarnation()));
    var range = Tables.existing(dead, "other", "restored").getRanges(0);
    assertEquals(List.of(node), range.getActivatedNodesList());
    assertEquals(List.of(node), range.getMembersList().stream().map(m -> m.getNode()).toList());
  }

  @Test
  void whatIsNotThereIsNotAdopted() {
    var state = begun();
    assertEquals(ErrorCode.NOT_READY, refusal(state));
    var ranges = pending(state);
    for (var range : ranges.subList(1, ranges.size())) {
      state = imported(state, range);
    }
    assertEquals(ErrorCode.NOT_READY, refusal(state), "one is missing");
  }

  @Test
  void aNodeThatBeganAnotherLifeHasToImportAgainUnderAnotherId() {
    var state = importAll(begun());
    var lost = pending(state).getFirst();
    int node = lost.getMembers(0).getNode();
    var again = ChainChanges.register(state, "store-" + node, "host:" + node);
    assertEquals(ErrorCode.NOT_READY, refusal(again));
    assertTrue(again.getDroppedRangesList().contains(lost.getId()));
    var renewed = Restores.renew(again, TOKEN, ALL);
    var next = pending(renewed).getFirst();
    assertTrue(next.getId() > state.getLastId(), "what the node has of before is another range");
    assertEquals(0, next.getActivatedNodesCount());
    assertEquals(renewed, Restores.imported(renewed, TOKEN, node, 1, Set.of(lost.getId())));
    var adopted = Restores.adopt(importAll(renewed), TOKEN);
    assertEquals(1, Tables.existingJob(adopted, "other").getHome().getMembersCount());
  }

  @Test
  void rangesOfADeadNodeGoToOthers() {
    var state = importAll(begun());
    var dead = ChainChanges.declareDead(state, 2, 1);
    assertEquals(ErrorCode.NOT_READY, refusal(dead));
    var renewed = Restores.renew(dead, TOKEN, Set.of(1, 3, 4));
    assertTrue(pending(renewed).stream().noneMatch(range -> range.getMembers(0).getNode() == 2));
    Restores.adopt(importAll(renewed), TOKEN);
    var nobody = assertThrows(HoldfastException.class, () -> Restores.renew(dead, TOKEN, Set.of()));
    assertEquals(ErrorCode.UNAVAILABLE, nobody.code());
  }

  @Test
  void whereAllNodesBeginAnewNothingIsLeft() {
    var state = importAll(begun());
    var ids = pending(state).stream().map(Range::getId).toList();
    for (int node = 1; node <= 4; node++) {
      state = ChainChanges.register(state, "store-" + node, "host:" + node);
    }
    assertEquals(List.of(), state.getRestoresList());
    assertTrue(state.getDroppedRangesList().containsAll(ids));
    assertEquals(ErrorCode.NOT_READY, refusal(state));
  }

  @Test
  void whatIsGivenUpIsDropped() {
    var state = importAll(begun());
    var ids = pending(state).stream().map(Range::getId).toList();
    var gone = Restores.abandon(state, TOKEN);
    assertEquals(List.of(), gone.getRestoresList());
    assertTrue(gone.getDroppedRangesList().containsAll(ids));
    assertSame(gone, Restores.abandon(gone, TOKEN));
    assertEquals(settled.getTablesList(), gone.getTablesList());
    var adopted = Restores.adopt(state, TOKEN);
    assertSame(adopted, Restores.abandon(adopted, TOKEN), "too late");
  }

  @Test
  void namesThatAreTakenAreRefusedAtOnceAndAtTheEnd() {
    assertEquals(ErrorCode.TABLE_MISMATCH, refusal(settled, wanted("job", 2, false)));
    var state = importAll(begun());
    assertEquals(ErrorCode.TABLE_MISMATCH, refusal(Tables.openJob(state, "other")));
    var into = wanted("job", 2, true).toBuilder();
    into.getTablesBuilder(0).setName("table");
    assertEquals(ErrorCode.TABLE_MISMATCH, refusal(settled, into.build()));
    var orphan = wanted("other", 2, true).toBuilder().clearJobs().build();
    assertEquals(ErrorCode.UNKNOWN_JOB, refusal(settled, orphan));
  }

  @Test
  void theModelAloneGoesIntoAJobThatIsThereOrANewOne() {
    var into = Restores.begin(settled, wanted("job", 2, true), ALL);
    var adopted = Restores.adopt(importAll(into), TOKEN);
    assertEquals(settled.getJobsList(), adopted.getJobsList());
    assertEquals(2, Tables.existing(adopted, "job", "restored").getRangesCount());
    var beside = Restores.begin(settled, wanted("new", 2, true), ALL);
    assertEquals(2, pending(beside).size(), "the home range begins with nothing");
    var made = Clusters.settle(Restores.adopt(importAll(beside), TOKEN));
    assertEquals(3, Chains.serving(Tables.existingJob(made, "new").getHome()).size());
  }

  @Test
  void aSplitIsNotTakenForDoneWhereRangesWereRestoredFromIt() {
    int range = Clusters.first(settled).getId();
    var twice = wanted("other", 2, false).toBuilder();
    for (var half : twice.getTablesBuilder(0).getRangesBuilderList()) {
      half.clearAncestors().addAncestors(range);
    }
    var adopted = Restores.adopt(importAll(Restores.begin(settled, twice.build(), ALL)), TOKEN);
    assertEquals(List.of(), Splits.halves(adopted, range, 0));
  }

  /** Whatever happens in between: what is adopted was taken whole, by lives that go on. */
  @Test
  void noHistoryAdoptsWhatANodeHasLost() {
    int adoptions = 0;
    for (long seed = 1; seed <= 2_000; seed++) {
      var random = new Random(seed);
      var state = Restores.begin(settled, wanted("other", 1 + random.nextInt(6), false), ALL);
      var has = new HashSet<List<Integer>>(); // range, node, incarnation
      var used = new HashSet<Integer>();
      for (int step = 0; step < 40; step++) {
        int node = 1 + random.nextInt(4);
        int life = Chains.node(state, node).orElseThrow().getIncarnation();
        switch (random.nextInt(6)) {
          case 0 -> state = ChainChanges.declareDead(state, node, life);
          case 1 -> state = ChainChanges.register(state, "store-" + node, "host");
          case 2 -> {
            boolean someLive = state.getNodesList().stream().anyMatch(n -> !n.getDead());
            if (someLive) {
              state = Restores.renew(state, TOKEN, ALL);
            }
          }
          case 3 -> {
            var before = state;
            try {
              state = Restores.adopt(state, TOKEN);
              adoptions++;
              for (var placed : Chains.all(state)) {
                var range = placed.range();
                if (Chains.range(before, range.getId()).isEmpty()) {
                  var member = range.getMembers(0);
                  int now = Chains.node(state, member.getNode()).orElseThrow().getIncarnation();
                  assertTrue(
                      has.contains(List.of(range.getId(), member.getNode(), now)),
                      seed + ": " + range);
                }
              }
            } catch (HoldfastException e) {
              assertSame(before, state);
            }
          }
          default -> {
            if (Restores.pending(state, TOKEN).isPresent()) {
              for (var range : pending(state)) {
                if (range.getMembersCount() == 1 && random.nextBoolean()) {
                  var member = range.getMembers(0);
                  assertTrue(range.getId() != 0, seed + ": an id");
                  has.add(List.of(range.getId(), member.getNode(), member.getIncarnation()));
                  used.add(range.getId());
                  state = imported(state, range);
                }
              }
            }
          }
        }
        if (Restores.pending(state, TOKEN).isEmpty()) {
          break;
        }
        for (int id : used) {
          boolean isKept =
              pending(state).stream().anyMatch(range -> range.getId() == id)
                  || state.getDroppedRangesList().contains(id);
          assertTrue(isKept, seed + ": range " + id + " would stay on a disk for good");
        }
      }
    }
    assertTrue(adoptions > 100, adoptions + " adoptions");
  }
}
