package io.holdfast.tools.command;

import io.holdfast.client.Holdfast;
import io.holdfast.client.TableInfo;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast table ...}. */
@Command(
    name = "table",
    description = "Makes, lists, shows, exports, imports and drops tables.",
    footer = {"", "Example: holdfast table list"},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CreateTableCommand.class,
      TableCommand.ListAll.class,
      TableCommand.Show.class,
      ExportTableCommand.class,
      ImportTableCommand.class,
      TableCommand.Drop.class
    })
final class TableCommand {
  @Command(
      name = "list",
      description = "Lists the tables of all jobs, or of one.",
      footer = {"", "Example: holdfast table list --job ads"})
  static final class ListAll implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Option(names = "--job", paramLabel = "JOB", description = "Only this job's.")
    private String job = "";

    @Override
    public Integer call() {
      List<TableInfo> tables;
      try (Holdfast connected = cluster.connect()) {
        tables =
            connected.tables().stream()
                .filter(table -> job.isEmpty() || table.job().equals(job))
                .toList();
      }
      common.print(
          Map.of("tables", tables.stream().map(TableView::document).toList()),
          () -> {
            common.out().println(TableView.HEADER);
            tables.forEach(table -> common.out().println(TableView.line(table)));
          });
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "show",
      description = "Shows a table's definition.",
      footer = {"", "Example: holdfast table show weights --job ads"})
  static final class Show implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();
    @Mixin private Target target = new Target();

    @Override
    public Integer call() {
      TableInfo found;
      try (Holdfast connected = cluster.connect()) {
        found = target.in(connected);
      }
      common.print(TableView.document(found), () -> common.out().print(TableView.text(found)));
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "drop",
      description = "Drops a table with all its rows, for good.",
      footer = {"", "Example: holdfast table drop weights --job ads --yes"})
  static final class Drop implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();
    @Mixin private Target target = new Target();

    @Option(names = "--yes", required = true, description = "Really drop it. Must be given.")
    private boolean yes;

    @Override
    public Integer call() {
      try (Holdfast connected = cluster.connect()) {
        TableInfo found = target.in(connected);
        connected.job(found.job()).dropTable(found.name());
      }
      common.print(
          Map.of("dropped", yes, "job", target.job(), "table", target.table()),
          () -> common.out().println("dropped " + target));
      return ExitCode.OK.number();
    }
  }

  /** Names a table. */
  static final class Target {
    @Parameters(index = "0", paramLabel = "TABLE", description = "Name of the table.")
    private String table = "";

    @Option(names = "--job", paramLabel = "JOB", description = "Its job. Default: default.")
    private String job = "default";

    String table() {
      return table;
    }

    String job() {
      return job;
    }

    /**
     * Looks for the table without making its job.
     *
     * @throws HoldfastException UNKNOWN_TABLE
     */
    TableInfo in(Holdfast connected) {
      return connected.tables().stream()
          .filter(info -> info.job().equals(job) && info.name().equals(table))
          .findFirst()
          .orElseThrow(
              () ->
                  new HoldfastException(
                      ErrorCode.UNKNOWN_TABLE,
                      "there is no table "
                          + this
                          + "; 'holdfast table list' shows those there are"));
    }

    @Override
    public String toString() {
      return "'" + table + "' of job '" + job + "'";
    }
  }
}
