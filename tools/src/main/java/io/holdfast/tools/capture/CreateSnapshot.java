package io.holdfast.tools.capture;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.SnapshotTarget;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.v1.ListJobsRequest;
import io.holdfast.v1.ListTablesRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code holdfast snapshot create}. */
@Command(
    name = "create",
    sortOptions = false,
    description = {
      "Takes a snapshot of jobs and tables while training goes on.",
      "Every node has to reach the target under the name that is given; they write it themselves,",
      "each at most --limit a second, and only what is not there. Nothing of a snapshot is visible",
      "before it is complete. After a failure the same command goes on."
    },
    footer = {
      "",
      "Example: holdfast snapshot create monday --to /mnt/backup/holdfast",
      "         holdfast snapshot create ads --to s3://bucket/models --job ads --every 10m --keep 5"
    })
public final class CreateSnapshot implements Callable<Integer> {
  private static final Duration NODE_TIMEOUT = Duration.ofSeconds(10);
  private static final double MEGABYTE = 1e6;
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String STAMPED = "-\\d{8}T\\d{6}Z";

  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();
  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private SnapshotTarget target = new SnapshotTarget();

  @Parameters(paramLabel = "NAME", description = "Name of the snapshot.")
  private String name = "";

  @Option(names = "--job", paramLabel = "JOB", description = "Only this job. Default: all.")
  private String job = "";

  @Option(
      names = "--tables",
      split = ",",
      paramLabel = "TABLE",
      description = "Only these tables. Default: all.")
  private Set<String> tables = Set.of();

  @Option(
      names = "--at-clock",
      paramLabel = "C",
      description = {
        "Each range exactly when its slowest worker has finished C clocks; of a sequential table",
        "when C clocks are applied. Waits for it; refused where a range is past it. Default: now."
      })
  private @Nullable Integer clock;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      converter = Amounts.OfTime.class,
      description = {
        "Takes one now and then again after so long, such as 10m, until it is ended; the time is",
        "added to the name."
      })
  private @Nullable Duration every;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "With --every: deletes the oldest of this name beyond so many. Default: none.")
  private int keep;

  @Override
  public Integer call() throws InterruptedException {
    check(every == null || clock == null, "--every and --at-clock do not go together");
    check(keep == 0 || every != null, "--keep needs --every");
    check(keep >= 0, "--keep must not be negative");
    check(clock == null || clock >= 0, "--at-clock must not be negative");
    var limits = target.options();
    var options =
        new CaptureOptions(
            name,
            job,
            tables,
            clock,
            limits.bytesPerSecond(),
            limits.endpoint(),
            cluster.addresses());
    try (var repository = target.openOrCreate();
        ControlCalls control = cluster.control(NODE_TIMEOUT)) {
      if (every == null) {
        print(repository, take(repository, control, options));
        return ExitCode.OK.number();
      }
      while (true) {
        long started = System.nanoTime();
        again(repository, control, options.withName(name + "-" + STAMP.format(Instant.now())));
        long left = every.toNanos() - (System.nanoTime() - started);
        TimeUnit.NANOSECONDS.sleep(Math.max(0, left));
      }
    }
  }

  private void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), otherwise);
    }
  }

  /** One that fails is missed: the next may come off. */
  private void again(Repository repository, ControlCalls control, CaptureOptions options) {
    try {
      print(repository, take(repository, control, options));
      removeOld(repository);
    } catch (HoldfastException e) {
      common.err().println("holdfast: snapshot " + options.name() + ": " + e.getMessage());
      common.err().flush();
    }
  }

  private Manifest take(Repository repository, ControlCalls control, CaptureOptions options) {
    try (var screen = new CaptureScreen(common, options.name())) {
      return new SnapshotTaker(repository, () -> map(control), options, screen).take();
    }
  }

  /** Tables first: a node that is asked for them reads the map anew. */
  private WantedRanges map(ControlCalls control) {
    return control.call(
        stub -> {
          var all = stub.listTables(ListTablesRequest.getDefaultInstance()).getTablesList();
          var jobs = stub.listJobs(ListJobsRequest.getDefaultInstance()).getJobsList();
          return WantedRanges.select(jobs, all, job, tables);
        });
  }

  private void removeOld(Repository repository) {
    if (keep == 0) {
      return;
    }
    var ours = Pattern.compile(Pattern.quote(name) + STAMPED);
    var taken =
        repository.list().stream()
            .map(listed -> listed.name())
            .filter(listed -> ours.matcher(listed).matches())
            .sorted()
            .toList();
    for (String old : taken.subList(0, Math.max(0, taken.size() - keep))) {
      repository.delete(old);
    }
  }

  private void print(Repository repository, Manifest manifest) {
    common.print(
        summary(repository, manifest),
        () ->
            common
                .out()
                .printf(
                    Locale.ROOT,
                    "snapshot %s in %s: %d ranges, %d images, %.1f MB in %d objects, of which %.1f"
                        + " MB in %d were sent, %.1f s%n",
                    manifest.name(),
                    repository.target(),
                    manifest.ranges().size(),
                    manifest.images().size(),
                    manifest.totals().bytes() / MEGABYTE,
                    manifest.totals().objects(),
                    manifest.totals().newBytes() / MEGABYTE,
                    manifest.totals().newObjects(),
                    manifest.totals().durationMillis() / 1e3));
  }

  private static Map<String, Object> summary(Repository repository, Manifest manifest) {
    var totals = manifest.totals();
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("messageType", "summary");
    summary.put("snapshot", manifest.name());
    summary.put("target", repository.target());
    summary.put("taken", manifest.taken());
    summary.put("ranges", manifest.ranges().size());
    summary.put("images", manifest.images().size());
    summary.put("totalBytes", totals.bytes());
    summary.put("objects", totals.objects());
    summary.put("dataAdded", totals.newBytes());
    summary.put("objectsAdded", totals.newObjects());
    summary.put("totalDuration", totals.durationMillis() / 1e3);
    return summary;
  }
}
