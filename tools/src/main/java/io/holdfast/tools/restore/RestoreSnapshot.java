package io.holdfast.tools.restore;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.SnapshotTarget;
import io.holdfast.tools.command.TransferBar;
import io.holdfast.tools.display.ByteCount;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.Job;
import io.holdfast.v1.Table;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code holdfast snapshot restore}. */
@Command(
    name = "restore",
    sortOptions = false,
    description = {
      "Brings jobs and tables of a snapshot into a cluster, with what workers have saved.",
      "Reads and verifies all of the snapshot first, and says what it would do; does it only with"
          + " --execute. Nothing is to be seen of it before all is there.",
      "Workers of the time of the snapshot are fenced; those that join IF_SAVED go on exactly where"
          + " their states were saved."
    },
    footer = {
      "",
      "Example: holdfast snapshot restore monday --from /mnt/snapshots",
      "         holdfast snapshot restore monday --from /mnt/snapshots --job ads2 --execute"
    })
public final class RestoreSnapshot implements Callable<Integer> {
  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();
  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private SnapshotTarget target = new SnapshotTarget();

  @Parameters(index = "0", paramLabel = "NAME", description = "Name of the snapshot.")
  private String name = "";

  @Option(names = "--execute", description = "Do it. Default: only say what would be done.")
  private boolean execute;

  @Option(
      names = "--tables",
      paramLabel = "A,B",
      split = ",",
      description = "Only these tables. Default: all.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--job",
      paramLabel = "JOB",
      description = "Another name for the restored job. Default: as it was.")
  private String job = "";

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Nodes in the chain of each range. Default: as it was.")
  private int replicas;

  @Option(
      names = "--ranges",
      paramLabel = "N",
      description = {
        "Ranges of each table; more than it had, as workers number their pushes for each.",
        "With --model-only any number. Default: as it was."
      })
  private int ranges;

  @Option(
      names = "--model-only",
      description = {
        "Rows with their optimizer state alone: no clocks, no saved states of workers.",
        "A job that is there is left as it is, and the tables join it."
      })
  private boolean modelOnly;

  @Override
  public Integer call() {
    if (replicas < 0 || ranges < 0) {
      throw new ParameterException(
          command.commandLine(), "--replicas and --ranges are numbers from 1 on");
    }
    var wish = new RestoreWish(new LinkedHashSet<>(tables), job, replicas, ranges, modelOnly);
    try (Repository repository = target.open();
        ControlCalls control = cluster.control()) {
      Manifest manifest = repository.read(name);
      RestorePlan plan = RestorePlan.of(manifest, wish);
      verify(repository, manifest);
      long nodes = liveNodes(control);
      if (!execute) {
        common.print(document(plan, nodes), () -> print(plan, nodes));
        return ExitCode.OK.number();
      }
      if (!common.isJson()) {
        print(plan, nodes);
      }
      List<Table> restored = run(repository, control, manifest, plan);
      Map<String, Object> document = document(plan, nodes);
      document.put("messageType", "summary");
      document.put(
          "restored",
          restored.stream()
              .map(table -> Map.of("job", table.getJob(), "table", table.getName()))
              .toList());
      common.print(
          document,
          () ->
              common
                  .out()
                  .printf(
                      "restored %d tables: they serve; further replicas sync now, 'status' shows"
                          + " it%n",
                      restored.size()));
    }
    return ExitCode.OK.number();
  }

  private void verify(Repository repository, Manifest manifest) {
    try (var bar = new TransferBar(common, "verify")) {
      var verified = repository.verify(List.of(manifest), bar);
      if (!verified.isSound()) {
        throw new HoldfastException(
            ErrorCode.SNAPSHOT_DAMAGED,
            "snapshot '"
                + name
                + "' is damaged, nothing was changed: "
                + verified.problems().getFirst()
                + (verified.problems().size() > 1
                    ? ", and " + (verified.problems().size() - 1) + " other files"
                    : "")
                + ". Take these files from a copy of the target, or use another snapshot");
      }
    }
  }

  private static long liveNodes(ControlCalls control) {
    var status =
        control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
    return status.getNodesList().stream().filter(node -> node.getLive()).count();
  }

  private List<Table> run(
      Repository repository, ControlCalls control, Manifest manifest, RestorePlan plan) {
    var source =
        ImportRangesRequest.newBuilder()
            .setToken(new SecureRandom().nextLong())
            .setTarget(repository.target())
            .setEndpoint(target.options().endpoint())
            .setSnapshot(name)
            .setTaken(manifest.taken())
            .setBytesPerSecond(target.options().bytesPerSecond())
            .build();
    try (var bar = new TransferBar(common, "restore");
        var run = new RestoreRun(control, source, bar)) {
      return run.execute(plan.request());
    }
  }

  private Map<String, Object> document(RestorePlan plan, long nodes) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("snapshot", name);
    document.put("executed", execute);
    document.put("nodes", nodes);
    document.put("modelOnly", modelOnly);
    document.put("jobs", plan.request().getJobsList().stream().map(Job::getName).toList());
    document.put("tables", plan.tables().stream().map(RestoreSnapshot::document).toList());
    return document;
  }

  private static Map<String, Object> document(RestorePlan.PlannedTable table) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", table.job());
    document.put("table", table.name());
    document.put("rangesBefore", table.oldRanges());
    document.put("ranges", table.ranges());
    document.put("replicas", table.replicas());
    document.put("rows", table.rows());
    document.put("bytes", table.bytes());
    return document;
  }

  private void print(RestorePlan plan, long nodes) {
    var out = common.out();
    out.printf(
        "%-16s %-24s %7s %9s %14s %12s%n", "JOB", "TABLE", "RANGES", "REPLICAS", "ROWS", "BYTES");
    for (var table : plan.tables()) {
      out.printf(
          "%-16s %-24s %7d %9d %14d %12s%n",
          table.job(),
          table.name(),
          table.ranges(),
          table.replicas(),
          table.rows(),
          ByteCount.text(table.bytes()));
      if (table.replicas() > nodes) {
        out.printf("  of %d replicas as many as there are nodes: %d%n", table.replicas(), nodes);
      }
    }
    out.printf(
        "onto %d live nodes, %s%n",
        nodes, modelOnly ? "without clocks and saved states" : "with clocks and saved states");
    if (!execute) {
      out.println("nothing was done: give --execute to restore it");
    }
    out.flush();
  }
}
