package io.holdfast.it;

import io.holdfast.model.KeyRange;
import io.holdfast.snapshot.Image;
import io.holdfast.snapshot.ImageFile;
import io.holdfast.snapshot.Manifest;
import io.holdfast.snapshot.Progress;
import io.holdfast.snapshot.Repository;
import io.holdfast.snapshot.RepositoryOptions;
import io.holdfast.snapshot.SnapshotJob;
import io.holdfast.snapshot.SnapshotRange;
import io.holdfast.snapshot.SnapshotTable;
import io.holdfast.snapshot.Totals;
import io.holdfast.v1.Job;
import io.holdfast.v1.ListJobsRequest;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.wire.Definitions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A snapshot of a cluster that is stopped for it, put together of its nodes' files: what a restore
 * starts from, without the code that takes snapshots.
 */
final class StoreSnapshot {
  private StoreSnapshot() {}

  /** Of one stopped cluster: what its catalogue had, and whose disk has which range. */
  private record Content(List<Job> jobs, List<Table> tables, Map<Integer, Integer> nodes) {}

  /** Stops the cluster and makes a snapshot of all of it. */
  static void take(SmallCluster cluster, int nodes, Path target, String name) throws IOException {
    var content = content(cluster, nodes);
    cluster.close();
    try (var repository =
        Repository.open(target.toString(), RepositoryOptions.DEFAULT.withCreate())) {
      var pending = repository.begin(name);
      var images = new ArrayList<Image>();
      for (int node = 1; node <= nodes; node++) {
        images.add(image(repository, cluster.dataOf(node).resolve("rows/rocks"), node));
      }
      var ranges = new ArrayList<SnapshotRange>();
      for (var job : content.jobs()) {
        ranges.add(range(job.getHome(), job.getName(), "", KeyRange.ALL, content));
      }
      for (var table : content.tables()) {
        for (var range : table.getRangesList()) {
          var keys = Definitions.fromProto(range);
          ranges.add(range(range, table.getJob(), table.getName(), keys, content));
        }
      }
      repository.publish(
          new Manifest(
              name,
              "2026-11-21T22:00:00Z",
              "here",
              "test",
              null,
              content.jobs().stream().map(SnapshotJob::of).toList(),
              content.tables().stream().map(SnapshotTable::of).toList(),
              ranges,
              images,
              new Totals(0, 0, 0, 0, 0)),
          pending);
    }
  }

  private static Content content(SmallCluster cluster, int nodes) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 1; i <= nodes; i++) {
      numbers.put(cluster.server(i).address(), i);
    }
    try (var control = cluster.control()) {
      var jobs = control.call(stub -> stub.listJobs(ListJobsRequest.getDefaultInstance()));
      var tables = control.call(stub -> stub.listTables(ListTablesRequest.getDefaultInstance()));
      Map<Integer, Integer> heads = new HashMap<>();
      for (var job : jobs.getJobsList()) {
        heads.put(job.getHome().getId(), number(numbers, job.getHome()));
      }
      for (var table : tables.getTablesList()) {
        table.getRangesList().forEach(range -> heads.put(range.getId(), number(numbers, range)));
      }
      return new Content(jobs.getJobsList(), tables.getTablesList(), heads);
    }
  }

  private static int number(Map<String, Integer> numbers, Range range) {
    return numbers.getOrDefault(range.getAddress(), 1);
  }

  private static Image image(Repository repository, Path rocks, int node) throws IOException {
    var files = new ArrayList<ImageFile>();
    try (var all = Files.list(rocks)) {
      for (Path file : all.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.matches("CURRENT|(MANIFEST|OPTIONS)-.*|.*\\.(sst|log)")) {
          files.add(new ImageFile(name, repository.put(file, Progress.NONE).object(), ""));
        }
      }
    }
    return new Image(node, "store-" + node, files);
  }

  private static SnapshotRange range(
      Range range, String job, String table, KeyRange keys, Content content) {
    int image = content.nodes().getOrDefault(range.getId(), 1) - 1;
    return new SnapshotRange(
        range.getId(),
        range.getAncestorsList(),
        job,
        table,
        keys,
        image,
        1,
        1,
        0,
        List.of(),
        100,
        1_000,
        null);
  }
}
