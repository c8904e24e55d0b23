package io.holdfast.tools.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.tools.snapshot.Image;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.SnapshotJob;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.tools.snapshot.SnapshotTable;
import io.holdfast.tools.snapshot.Totals;
import io.holdfast.v1.Job;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is to become of a snapshot. */
class RestorePlanTest {
  private static final List<KeyRange> HALVES =
      List.of(new KeyRange(0, 1L << 40), new KeyRange(1L << 40, 0));

  /** Jobs a and b; a has a sparse table of 2 ranges and a dense one of 1. */
  private static Manifest manifest() {
    var ranges = new ArrayList<SnapshotRange>();
    ranges.add(range(11, List.of(), "a", "", KeyRange.ALL));
    ranges.add(range(12, List.of(), "b", "", KeyRange.ALL));
    ranges.add(range(21, List.of(7), "a", "sparse", HALVES.get(0)));
    ranges.add(range(22, List.of(7, 90), "a", "sparse", HALVES.get(1)));
    ranges.add(range(23, List.of(), "a", "dense", new KeyRange(0, 3)));
    return new Manifest(
        "monday",
        "2026-11-21T22:00:00Z",
        "here",
        "test",
        null,
        List.of(job(1, "a"), job(2, "b")),
        List.of(table(5, "sparse", 0), table(6, "dense", 3)),
        ranges,
        List.of(new Image(1, "store", List.of())),
        new Totals(0, 0, 0, 0, 0));
  }

  private static SnapshotJob job(int id, String name) {
    return SnapshotJob.of(Job.newBuilder().setId(id).setName(name).build());
  }

  private static SnapshotTable table(int id, String name, long rows) {
    var definition =
        TableDefinition.newBuilder().setRows(rows).setWidth(2).setReplicas(3).setMinInSync(2);
    return SnapshotTable.of(
        Table.newBuilder()
            .setId(id)
            .setJob("a")
            .setName(name)
            .addFormerIds(95)
            .setDefinition(definition)
            .build());
  }

  private static SnapshotRange range(
      int id, List<Integer> ancestors, String job, String table, KeyRange keys) {
    return new SnapshotRange(id, ancestors, job, table, keys, 0, 9, 1, 0, List.of(), 10, 100, null);
  }

  private static RestoreWish wish(String job, int replicas, int ranges, boolean modelOnly) {
    return new RestoreWish(Set.of("sparse", "dense"), job, replicas, ranges, modelOnly);
  }

  private static ErrorCode refusal(RestoreWish wish) {
    return assertThrows(HoldfastException.class, () -> RestorePlan.of(manifest(), wish)).code();
  }

  @Test
  void everythingComesBackAsItWas() {
    var plan = RestorePlan.of(manifest(), RestoreWish.ALL);
    var request = plan.request();
    assertEquals(95, request.getLargestId());
    assertEquals(List.of("a", "b"), request.getJobsList().stream().map(Job::getName).toList());
    assertEquals(List.of(11), request.getJobs(0).getHome().getAncestorsList());
    var sparse = request.getTables(0);
    assertEquals(List.of(95, 5), sparse.getFormerIdsList());
    assertEquals(List.of(7, 21), sparse.getRanges(0).getAncestorsList());
    assertEquals(List.of(7, 90, 22), sparse.getRanges(1).getAncestorsList());
    assertEquals(3, sparse.getDefinition().getReplicas());
    assertEquals(20, plan.tables().get(0).rows());
    assertEquals(200, plan.tables().get(0).bytes());
  }

  @Test
  void moreRangesLieWithinTheOldOnes() {
    var plan = RestorePlan.of(manifest(), wish("new", 2, 7, false));
    var sparse = plan.request().getTables(0);
    assertEquals("new", sparse.getJob());
    assertEquals(2, sparse.getDefinition().getReplicas());
    assertEquals(1, sparse.getDefinition().getMinInSync());
    assertEquals(7, sparse.getRangesCount());
    for (var range : sparse.getRangesList()) {
      boolean isLower = range.getAncestorsList().equals(List.of(7, 21));
      boolean liesLower = Long.compareUnsigned(range.getStart(), 1L << 40) < 0;
      assertEquals(liesLower, isLower, range.toString());
    }
    assertEquals(3, plan.request().getTables(1).getRangesCount(), "there are 3 keys");
  }

  @Test
  void fewerRangesNeedTheModelAlone() {
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(wish("", 0, 1, false)));
    var request = RestorePlan.of(manifest(), wish("", 0, 1, true)).request();
    assertTrue(request.getModelOnly());
    assertEquals(1, request.getTables(0).getRangesCount());
    assertEquals(List.of(7, 21), request.getTables(0).getRanges(0).getAncestorsList());
    assertEquals(0, request.getJobs(0).getHome().getAncestorsCount());
  }

  @Test
  void whatIsNotThereIsRefused() {
    var unknown = new RestoreWish(Set.of("other"), "", 0, 0, false);
    assertEquals(ErrorCode.UNKNOWN_TABLE, refusal(unknown));
    var both = new RestoreWish(Set.of(), "one", 0, 0, false);
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal(both), "of two jobs");
  }

  @Test
  void cutsAlwaysCoverAllKeys() {
    for (long seed = 1; seed <= 500; seed++) {
      var random = new Random(seed);
      var sources = new ArrayList<KeyRange>();
      long start = 0;
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        long end = start + 1 + (random.nextLong() >>> (3 + random.nextInt(60)));
        sources.add(new KeyRange(start, end));
        start = end;
      }
      sources.add(new KeyRange(start, 0));
      int wanted = sources.size() + random.nextInt(30);
      var cuts = RangeCuts.finer(sources, wanted);
      assertEquals(wanted, cuts.size(), "seed " + seed);
      long next = 0;
      for (var cut : cuts) {
        var source = sources.get(cut.source());
        assertEquals(next, cut.keys().start(), "seed " + seed);
        assertTrue(source.contains(cut.keys().start()), "seed " + seed);
        assertTrue(
            source.end() == cut.keys().end() || source.contains(cut.keys().end() - 1),
            "seed " + seed);
        next = cut.keys().end();
      }
      assertEquals(0, next, "seed " + seed);
    }
  }

  @Test
  void aGapInTheRangesIsDamage() {
    var whole = manifest();
    var ranges = new ArrayList<>(whole.ranges());
    ranges.removeIf(range -> range.id() == 21);
    var torn =
        new Manifest(
            whole.name(),
            whole.taken(),
            "",
            "",
            null,
            whole.jobs(),
            whole.tables(),
            ranges,
            whole.images(),
            whole.totals());
    var refused =
        assertThrows(HoldfastException.class, () -> RestorePlan.of(torn, RestoreWish.ALL));
    assertEquals(ErrorCode.SNAPSHOT_DAMAGED, refused.code());
  }
}
