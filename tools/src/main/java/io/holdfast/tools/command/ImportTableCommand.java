package io.holdfast.tools.command;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Table;
import io.holdfast.client.TableInfo;
import io.holdfast.model.ElementType;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.export.ImportRun;
import io.holdfast.tools.export.ImportSource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code holdfast table import}. */
@Command(
    name = "import",
    sortOptions = false,
    description = {
      "Puts the rows of a safetensors or NumPy file into a table: of rule 'assign', or, with the"
          + " optimizer state that the file has, of the rule that the state belongs to.",
      "A table that is not there is made to suit the file. The whole file is checked before anything"
          + " is touched; where the command ends with 0 every row is in. It may be repeated."
    },
    footer = {
      "",
      "Example: holdfast table import weights.safetensors --table served --job ads --replicas 3"
    })
final class ImportTableCommand implements Callable<Integer> {
  @Spec private CommandSpec command = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "NAME.safetensors; NAME.npy; or a directory of .npy files. With a tensor 'keys' it is a"
              + " sparse table, else row i has key i.")
  private Path file = Path.of("");

  @Option(names = "--table", required = true, paramLabel = "TABLE", description = "Its name.")
  private String table = "";

  @Option(names = "--job", paramLabel = "JOB", description = "Its job. Default: default.")
  private String job = "default";

  @Option(
      names = "--tensor",
      paramLabel = "NAME",
      description = "The values. Default: 'values', or the only tensor there is.")
  private @Nullable String tensor;

  @Option(
      names = "--model-only",
      description = "Leave the file's optimizer state out: the table is of rule 'assign'.")
  private boolean modelOnly;

  @Mixin private TableOptions options = new TableOptions();
  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() {
    ImportSource source;
    ImportSource found = ImportSource.open(file, tensor, modelOnly);
    boolean made;
    try (Holdfast connected = cluster.connect()) {
      Optional<TableInfo> existing =
          connected.tables().stream()
              .filter(info -> info.job().equals(job) && info.name().equals(table))
              .findFirst();
      existing.ifPresent(info -> found.requireSuits(info.spec()));
      made = existing.isEmpty();
      TableSpec spec = existing.map(TableInfo::spec).orElseGet(() -> spec(found));
      source = found.forTable(cluster.addresses(), spec);
      check(source, spec.nanPolicy());
      Table to = connected.job(job).table(table, spec);
      push(source, to);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", job);
    document.put("table", table);
    document.put("file", file.toString());
    document.put("made", made);
    document.put("rows", source.rows());
    document.put("width", source.width());
    document.put("element", source.element().name());
    document.put("state", source.hasState());
    common.print(
        document,
        () ->
            common
                .out()
                .printf(
                    "imported %d rows%s into %s '%s' of job '%s'%n",
                    source.rows(),
                    source.hasState() ? " with their optimizer state" : "",
                    made ? "the new table" : "table",
                    table,
                    job));
    return ExitCode.OK.number();
  }

  private void check(ImportSource source, NanPolicy policy) {
    try (var bar = new RowsBar("check", source.rows(), common.err())) {
      new ImportRun(source, bar::show).check(policy);
    }
  }

  private void push(ImportSource source, Table to) {
    try (var bar = new RowsBar("import", source.rows(), common.err())) {
      new ImportRun(source, bar::show).push(to);
    } catch (java.util.concurrent.CompletionException e) {
      if (e.getCause() instanceof HoldfastException error) {
        throw new HoldfastException(
            error.code(),
            "some rows may be in, and the same command puts all of them in: " + error.getMessage(),
            e);
      }
      throw e;
    }
  }

  private TableSpec spec(ImportSource source) {
    try {
      var builder = source.isDense() ? TableSpec.dense(source.rows()) : TableSpec.sparse();
      source.makeRule(builder.width(source.width()));
      options.apply(builder);
      if (source.element() == ElementType.INT64) {
        builder.int64();
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
