package io.holdfast.tools.command;

import io.holdfast.tools.export.ExportFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast table export}. */
@Command(
    name = "export",
    sortOptions = false,
    description = {
      "Writes a table to a safetensors file or to NumPy files, while pushes go on.",
      "The rows of each range are of one moment, which the file names. Needs no room for the table"
          + " in memory; a sparse table takes twice its size on the disk for a while."
    },
    footer = {
      "",
      "Example: holdfast table export weights --job ads --to weights.safetensors --state"
    })
final class ExportTableCommand implements Callable<Integer> {
  @Mixin private TableCommand.Target target = new TableCommand.Target();

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FILE",
      description = {
        "NAME.safetensors; NAME.npy for a dense table without its state;",
        "any other name is a directory of .npy files."
      })
  private Path to = Path.of("");

  @Option(names = "--state", description = "With the optimizer state.")
  private boolean state;

  @Option(
      names = "--patience",
      paramLabel = "S",
      description = "Seconds that a range may have no replica that answers. Default: 60.")
  private long patience = 60;

  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() {
    ExportFile.Written written;
    try (var bar = new RowsBar("export", 0, common.err())) {
      written =
          ExportFile.write(
              cluster.addresses(),
              target.job(),
              target.table(),
              to,
              state,
              Duration.ofSeconds(patience),
              bar::show);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", target.job());
    document.put("table", target.table());
    document.put("file", written.path().toString());
    document.put("rows", written.rows());
    document.put("bytes", written.bytes());
    document.put("tensors", written.tensors());
    document.put("ranges", written.ranges());
    common.print(
        document,
        () -> {
          common.out().printf("wrote %s: %d rows, %d bytes%n", to, written.rows(), written.bytes());
          written.tensors().forEach(tensor -> common.out().println("  " + tensor));
        });
    return ExitCode.OK.number();
  }
}
