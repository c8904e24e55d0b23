package io.holdfast.tools.command;

import io.holdfast.tools.capture.CreateSnapshot;
import io.holdfast.tools.restore.RestoreSnapshot;
import io.holdfast.tools.snapshot.Listed;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.SnapshotDiff;
import io.holdfast.tools.snapshot.Swept;
import io.holdfast.tools.snapshot.Verified;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast snapshot ...}. */
@Command(
    name = "snapshot",
    description = "Takes, lists, shows, verifies, compares, deletes and restores snapshots.",
    footer = {"", "Example: holdfast snapshot list --target /mnt/snapshots"},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CreateSnapshot.class,
      SnapshotCommand.ListAll.class,
      SnapshotCommand.Show.class,
      SnapshotCommand.Verify.class,
      SnapshotCommand.Diff.class,
      SnapshotCommand.Delete.class,
      RestoreSnapshot.class
    })
public final class SnapshotCommand {
  @Command(
      name = "list",
      description = "Lists the snapshots of a target, the oldest first.",
      footer = {"", "Example: holdfast snapshot list --target s3://models/ads"})
  static final class ListAll implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private SnapshotTarget target = new SnapshotTarget();

    @Override
    public Integer call() {
      try (Repository repository = target.open()) {
        List<Listed> snapshots = repository.list();
        var pending = repository.pending();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("target", repository.target());
        document.put("snapshots", snapshots.stream().map(SnapshotView::document).toList());
        document.put("unfinished", pending.stream().map(SnapshotView::document).toList());
        common.print(
            document,
            () -> {
              common.out().println(SnapshotView.HEADER);
              snapshots.forEach(one -> common.out().println(SnapshotView.line(one)));
              pending.forEach(one -> common.out().println(SnapshotView.line(one)));
            });
        boolean isSound = snapshots.stream().allMatch(one -> one.problem() == null);
        return (isSound ? ExitCode.OK : ExitCode.DIFFERENT).number();
      }
    }
  }

  @Command(
      name = "show",
      description =
          "Shows what is in a snapshot: tables, rows, bytes, LSNs, clocks, how long it took.",
      footer = {"", "Example: holdfast snapshot show monday --target /mnt/snapshots"})
  static final class Show implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private SnapshotTarget target = new SnapshotTarget();

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the snapshot.")
    private String name = "";

    @Override
    public Integer call() {
      try (Repository repository = target.open()) {
        Manifest manifest = repository.read(name);
        common.print(
            SnapshotView.document(manifest), () -> common.out().print(SnapshotView.text(manifest)));
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "verify",
      sortOptions = false,
      description = {
        "Reads all files of snapshots, compares every checksum, and opens every image.",
        "Exit code 9 where a file is missing or damaged; all such files are listed."
      },
      footer = {"", "Example: holdfast snapshot verify monday --target /mnt/snapshots"})
  static final class Verify implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private SnapshotTarget target = new SnapshotTarget();

    @Parameters(
        arity = "0..*",
        paramLabel = "NAME",
        description = "Names of snapshots. Default: all of the target.")
    private List<String> names = new ArrayList<>();

    @Option(
        names = "--checksums-only",
        description =
            "Do not open images; of an S3 target they are fetched for that, one at a time.")
    private boolean isChecksumsOnly;

    @Override
    public Integer call() {
      try (Repository repository = target.open()) {
        List<Manifest> snapshots =
            names.isEmpty()
                ? repository.list().stream().map(Listed::orThrow).toList()
                : names.stream().map(repository::read).toList();
        Verified verified;
        try (var bar = new TransferBar(common, "verify")) {
          verified = repository.verify(snapshots, bar);
        }
        List<String> unopened = verified.isSound() ? unopened(repository, snapshots) : List.of();
        common.print(
            SnapshotView.document(snapshots, verified, unopened),
            () -> common.out().print(SnapshotView.text(snapshots, verified, unopened)));
        boolean isSound = verified.isSound() && unopened.isEmpty();
        return (isSound ? ExitCode.OK : ExitCode.DIFFERENT).number();
      }
    }

    private List<String> unopened(Repository repository, List<Manifest> snapshots) {
      if (isChecksumsOnly) {
        return List.of();
      }
      try (var bar = new TransferBar(common, "open")) {
        return ImageCheck.problems(repository, snapshots, bar);
      }
    }
  }

  @Command(
      name = "diff",
      description =
          "Compares two snapshots: files that both need, bytes that are new, ranges that have moved"
              + " on.",
      footer = {"", "Example: holdfast snapshot diff monday tuesday --target /mnt/snapshots"})
  static final class Diff implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private SnapshotTarget target = new SnapshotTarget();

    @Parameters(index = "0", paramLabel = "NAME", description = "The earlier snapshot.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "The later snapshot.")
    private String second = "";

    @Override
    public Integer call() {
      try (Repository repository = target.open()) {
        SnapshotDiff diff = SnapshotDiff.of(repository.read(first), repository.read(second));
        common.print(
            SnapshotView.document(first, second, diff),
            () -> common.out().print(SnapshotView.text(diff)));
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "delete",
      sortOptions = false,
      description = {
        "Deletes snapshots, or what is left of unfinished ones, for good.",
        "Files that another snapshot needs stay. While a snapshot is being made no file is deleted:"
            + " the next deletion does it."
      },
      footer = {"", "Example: holdfast snapshot delete monday --target /mnt/snapshots --yes"})
  static final class Delete implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private SnapshotTarget target = new SnapshotTarget();

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "Names of snapshots.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--yes", required = true, description = "Really delete. Must be given.")
    private boolean yes;

    @Override
    public Integer call() {
      try (Repository repository = target.open()) {
        for (String name : names) {
          Swept swept = repository.delete(name);
          Map<String, Object> document = new LinkedHashMap<>();
          document.put("deleted", yes);
          document.putAll(SnapshotView.document(name, swept));
          common.print(document, () -> common.out().print(SnapshotView.text(name, swept)));
        }
      }
      return ExitCode.OK.number();
    }
  }
}
