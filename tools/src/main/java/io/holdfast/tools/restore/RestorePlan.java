package io.holdfast.tools.restore;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.SnapshotJob;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.tools.snapshot.SnapshotTable;
import io.holdfast.v1.BeginRestoreRequest;
import io.holdfast.v1.Job;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableDefinition;
import io.holdfast.wire.Definitions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is to become of a snapshot. Pure.
 *
 * @param request for the cluster; its token is 0
 * @param tables in the order of the request's
 */
public record RestorePlan(BeginRestoreRequest request, List<PlannedTable> tables) {
  /**
   * A table to come.
   *
   * @param oldRanges that it had
   * @param ranges that it will have
   * @param rows about
   * @param bytes about, in one replica
   */
  public record PlannedTable(
      String job, String name, int oldRanges, int ranges, int replicas, long rows, long bytes) {}

  public RestorePlan {
    tables = List.copyOf(tables);
  }

  /**
   * @throws HoldfastException UNKNOWN_TABLE, UNKNOWN_JOB for what the snapshot does not have;
   *     INVALID_ARGUMENT for a new name of several jobs, and for fewer ranges with clocks;
   *     SNAPSHOT_DAMAGED
   */
  public static RestorePlan of(Manifest manifest, RestoreWish wish) {
    var tables = chosen(manifest, wish);
    var jobs =
        manifest.jobs().stream()
            .filter(
                job ->
                    wish.tables().isEmpty()
                        || tables.stream().anyMatch(table -> table.job().equals(job.name())))
            .toList();
    if (jobs.size() != 1 && !wish.job().isEmpty()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "--job gives one job another name, and this would restore "
              + jobs.stream().map(SnapshotJob::name).toList()
              + ": choose tables of one job with --tables");
    }
    var request =
        BeginRestoreRequest.newBuilder()
            .setModelOnly(wish.modelOnly())
            .setLargestId(largestId(manifest));
    for (var job : jobs) {
      request.addJobs(job(manifest, job, wish));
    }
    var planned = new ArrayList<PlannedTable>();
    for (var table : tables) {
      var sources = manifest.ranges(table.job(), table.name());
      var made = table(table, sources, wish);
      request.addTables(made);
      planned.add(
          new PlannedTable(
              made.getJob(),
              made.getName(),
              sources.size(),
              made.getRangesCount(),
              made.getDefinition().getReplicas(),
              sources.stream().mapToLong(SnapshotRange::rows).sum(),
              sources.stream().mapToLong(SnapshotRange::bytes).sum()));
    }
    return new RestorePlan(request.build(), planned);
  }

  private static List<SnapshotTable> chosen(Manifest manifest, RestoreWish wish) {
    var known = manifest.tables().stream().map(SnapshotTable::name).toList();
    for (var name : wish.tables()) {
      if (!known.contains(name)) {
        throw new HoldfastException(
            ErrorCode.UNKNOWN_TABLE,
            "snapshot '"
                + manifest.name()
                + "' has no table '"
                + name
                + "'; it has "
                + known.stream().limit(20).toList());
      }
    }
    return manifest.tables().stream()
        .filter(table -> wish.tables().isEmpty() || wish.tables().contains(table.name()))
        .toList();
  }

  private static Job job(Manifest manifest, SnapshotJob job, RestoreWish wish) {
    var home = Range.newBuilder();
    if (!wish.modelOnly()) {
      var homes = manifest.ranges(job.name(), "");
      if (homes.size() != 1) {
        throw new HoldfastException(
            ErrorCode.SNAPSHOT_DAMAGED,
            "snapshot '"
                + manifest.name()
                + "' lacks the saved states of job '"
                + job.name()
                + "': restore the tables without them with --model-only");
      }
      home.addAllAncestors(origins(homes.getFirst()));
    }
    return job.job().toBuilder()
        .clearId()
        .setName(wish.job().isEmpty() ? job.name() : wish.job())
        .setHome(home)
        .build();
  }

  private static List<Integer> origins(SnapshotRange source) {
    return Stream.concat(source.ancestors().stream(), Stream.of(source.id())).toList();
  }

  private static Table table(SnapshotTable table, List<SnapshotRange> sources, RestoreWish wish) {
    var was = table.table();
    var made =
        Table.newBuilder()
            .setJob(wish.job().isEmpty() ? table.job() : wish.job())
            .setName(table.name())
            .addAllFormerIds(was.getFormerIdsList())
            .addFormerIds(table.id())
            .setDefinition(definition(was.getDefinition(), wish));
    for (var cut : cuts(table, sources, wish)) {
      made.addRanges(
          Range.newBuilder()
              .setStart(cut.keys().start())
              .setEnd(cut.keys().end())
              .addAllAncestors(origins(sources.get(cut.source()))));
    }
    return made.build();
  }

  /** With other replicas, all but one of them must serve, as in a new table. */
  private static TableDefinition definition(TableDefinition was, RestoreWish wish) {
    return wish.replicas() == 0
        ? was
        : was.toBuilder()
            .setReplicas(wish.replicas())
            .setMinInSync(Math.max(1, wish.replicas() - 1))
            .build();
  }

  private static List<RangeCuts.Cut> cuts(
      SnapshotTable table, List<SnapshotRange> sources, RestoreWish wish) {
    var keys = sources.stream().map(SnapshotRange::keys).toList();
    requireCover(table, keys);
    if (wish.ranges() == 0 || wish.ranges() == keys.size()) {
      return RangeCuts.same(keys);
    }
    if (wish.modelOnly()) {
      var spec =
          Definitions.fromProto(
              table.table().getDefinition().toBuilder().setRangeCount(wish.ranges()).build());
      return RangeCuts.equal(keys, spec);
    }
    if (wish.ranges() < keys.size()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "table '"
              + table.name()
              + "' has "
              + keys.size()
              + " ranges, and workers have numbered their pushes for each: "
              + wish.ranges()
              + " are possible with --model-only alone, which leaves clocks and saved states out");
    }
    return RangeCuts.finer(keys, wish.ranges());
  }

  private static void requireCover(SnapshotTable table, List<KeyRange> keys) {
    boolean gapless =
        !keys.isEmpty()
            && keys.getFirst().start() == 0
            && IntStream.range(1, keys.size())
                .allMatch(i -> keys.get(i - 1).end() == keys.get(i).start());
    if (!gapless) {
      throw new HoldfastException(
          ErrorCode.SNAPSHOT_DAMAGED,
          "the ranges of table '" + table.name() + "' do not cover its keys: use another snapshot");
    }
  }

  private static int largestId(Manifest manifest) {
    return Stream.of(
            manifest.jobs().stream().map(SnapshotJob::id),
            manifest.tables().stream().map(SnapshotTable::id),
            manifest.tables().stream().flatMap(table -> table.table().getFormerIdsList().stream()),
            manifest.ranges().stream().flatMap(range -> origins(range).stream()))
        .flatMap(ids -> ids)
        .max(Integer::compare)
        .orElse(0);
  }
}
