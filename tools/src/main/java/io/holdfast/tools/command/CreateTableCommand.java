package io.holdfast.tools.command;

import io.holdfast.client.Holdfast;
import io.holdfast.client.TableInfo;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast table create}. */
@Command(
    name = "create",
    sortOptions = false,
    description = {
      "Makes a table, and its job where there is none.",
      "Nothing changes where a table of the same definition is there already."
    },
    footer = {
      "",
      "Example: holdfast table create weights --job ads --sparse --rule ftrl \\",
      "             --rule-param alpha=0.1 --rule-param l1=1 --consistency bounded:4",
      "         holdfast table create embeddings --rows 1000000 --width 64 --initial normal:0,0.01,7 \\",
      "             --rule sgd --rule-param learning_rate=0.05 --prox prox_l2:strength=0.001"
    })
final class CreateTableCommand implements Callable<Integer> {
  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private TableCommand.Target target = new TableCommand.Target();

  @ArgGroup(multiplicity = "1")
  private Shape shape = new Shape();

  /** Sparse or dense. */
  static final class Shape {
    @Option(
        names = "--sparse",
        required = true,
        description = "Any 64-bit key; rows come to exist when written.")
    private boolean sparse;

    @Option(
        names = "--rows",
        required = true,
        paramLabel = "N",
        description = "Dense: keys 0 to N - 1.")
    private long rows;
  }

  @Option(names = "--width", paramLabel = "W", description = "Values in a row. Default: 1.")
  private int width = 1;

  @Option(names = "--int64", description = "Values are int64. Default: float32.")
  private boolean int64;

  @Option(names = "--rule", paramLabel = "NAME", description = "Update rule. Default: add.")
  private String rule = "add";

  @Option(
      names = "--rule-param",
      paramLabel = "NAME=VALUE",
      description = "Parameter of the rule, such as learning_rate=0.1. May be repeated.")
  private Map<String, Double> ruleParameters = new LinkedHashMap<>();

  @Option(
      names = "--prox",
      paramLabel = "NAME:PARAMETER=VALUE",
      converter = Converters.OfRule.class,
      description =
          "Proximal operator after the rule, such as prox_l1:strength=0.1. May be repeated.")
  private List<RuleSpec> proximal = new ArrayList<>();

  @Option(
      names = "--staleness-scaled",
      description = "Divide the learning rate by a push's staleness.")
  private boolean stalenessScaled;

  @Option(
      names = "--combine-pushes",
      description =
          "Replicate pushes that wait together as one record of their sums; rule add only. Float sums"
              + " then differ in rounding.")
  private boolean combinePushes;

  @Mixin private TableOptions options = new TableOptions();

  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private Common common = new Common();

  @Override
  public Integer call() {
    TableSpec spec = spec();
    TableInfo made;
    try (Holdfast connected = cluster.connect()) {
      var unused = connected.job(target.job()).table(target.table(), spec);
      made = target.in(connected);
    }
    common.print(
        TableView.document(made),
        () -> common.out().println("made " + target + ", " + made.ranges() + " ranges"));
    return ExitCode.OK.number();
  }

  TableSpec spec() {
    try {
      RuleSpec update = RuleSpec.of(rule);
      for (var parameter : ruleParameters.entrySet()) {
        update = update.with(parameter.getKey(), parameter.getValue());
      }
      var builder = shape.sparse ? TableSpec.sparse() : TableSpec.dense(shape.rows);
      builder.width(width).rule(update).proximal(proximal.toArray(RuleSpec[]::new));
      options.apply(builder);
      if (int64) {
        builder.int64();
      }
      if (stalenessScaled) {
        builder.stalenessScaled();
      }
      if (combinePushes) {
        builder.combinePushes();
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
