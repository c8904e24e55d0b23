package io.holdfast.tools.command;

import io.holdfast.v1.AcceptLossReply;
import io.holdfast.v1.AcceptLossRequest;
import io.holdfast.v1.ChainStatus;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.MoveRangeRequest;
import io.holdfast.v1.Range;
import io.holdfast.v1.SplitRangeReply;
import io.holdfast.v1.SplitRangeRequest;
import io.holdfast.v1.TableChains;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

/** {@code holdfast range ...}. */
@Command(
    name = "range",
    description = "Lists, moves and splits ranges, and goes on after a loss.",
    footer = {"", "Example: holdfast range list"},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RangeCommand.ListAll.class,
      RangeCommand.Move.class,
      RangeCommand.Split.class,
      RangeCommand.AcceptLoss.class
    })
final class RangeCommand {
  /** Splits and decisions about a loss talk to other nodes before they answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static void print(PrintWriter out, Range range) {
    out.printf(
        "range %d, keys from %s to %s, epoch %d: %s%n",
        range.getId(),
        Long.toUnsignedString(range.getStart()),
        range.getEnd() == 0 ? "2^64" : Long.toUnsignedString(range.getEnd()),
        range.getEpoch(),
        ClusterView.chain(range));
  }

  @Command(
      name = "list",
      description = "Lists the ranges of all tables, or of one, with their keys and chains.",
      footer = {"", "Example: holdfast range list --job ads --table weights"})
  static final class ListAll implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Option(names = "--job", paramLabel = "JOB", description = "Only this job's.")
    private String job = "";

    @Option(names = "--table", paramLabel = "TABLE", description = "Only this table's.")
    private String table = "";

    @Override
    public Integer call() {
      ClusterStatusReply reply;
      try (ControlCalls control = cluster.control()) {
        reply = control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
      }
      List<Map<String, Object>> documents = new ArrayList<>();
      var text =
          new StringBuilder(
              String.format(
                  "%6s %-12s %-20s %20s %20s %6s %s%n",
                  "RANGE", "JOB", "TABLE", "FIRST KEY", "END", "EPOCH", "CHAIN, HEAD FIRST"));
      for (TableChains chains : reply.getTablesList()) {
        if ((job.isEmpty() || chains.getJob().equals(job))
            && (table.isEmpty() || chains.getTable().equals(table))) {
          for (ChainStatus chain : chains.getRangesList()) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("job", chains.getJob());
            document.put("table", chains.getTable());
            document.putAll(ClusterView.range(chain.getRange()));
            documents.add(document);
            text.append(line(chains, chain.getRange()));
          }
        }
      }
      common.print(Map.of("ranges", documents), () -> common.out().print(text));
      return ExitCode.OK.number();
    }

    private static String line(TableChains chains, Range range) {
      return String.format(
          "%6d %-12s %-20s %20s %20s %6d %s%n",
          range.getId(),
          chains.getJob(),
          chains.getTable().isEmpty() ? "(home)" : chains.getTable(),
          Long.toUnsignedString(range.getStart()),
          range.getEnd() == 0 ? "2^64" : Long.toUnsignedString(range.getEnd()),
          range.getEpoch(),
          ClusterView.chain(range));
    }
  }

  @Command(
      name = "move",
      sortOptions = false,
      description = {
        "Moves a replica of a range from a node to another, while pushes go on.",
        "Returns once the move is recorded; 'range list' shows the chain until it is done."
      },
      footer = {"", "Example: holdfast range move 7 --from 1 --to 4"})
  static final class Move implements Callable<Integer> {
    @Spec private CommandSpec command = CommandSpec.create();
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "RANGE", description = "Number of the range.")
    private int range;

    @Option(names = "--from", paramLabel = "N", required = true, description = "Node it leaves.")
    private int from;

    @Option(names = "--to", paramLabel = "N", required = true, description = "Node it goes to.")
    private int to;

    @Override
    public Integer call() {
      if (from == to) {
        throw new ParameterException(
            command.commandLine(), "--from and --to are the same node: there is nothing to move");
      }
      try (ControlCalls control = cluster.control()) {
        Range moved =
            control.call(
                stub ->
                    stub.moveRange(
                        MoveRangeRequest.newBuilder()
                            .setRange(range)
                            .setFrom(from)
                            .setTo(to)
                            .build()));
        common.print(ClusterView.range(moved), () -> RangeCommand.print(common.out(), moved));
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "split",
      sortOptions = false,
      description = {
        "Cuts a range in two, on the nodes that it is on, while pushes go on.",
        "Returns when both halves serve; they have new numbers, and the range is gone."
      },
      footer = {"", "Example: holdfast range split 7 --at 500000"})
  static final class Split implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "RANGE", description = "Number of the range.")
    private int range;

    @Option(
        names = "--at",
        paramLabel = "KEY",
        converter = Converters.OfKey.class,
        description =
            "First key of the second half, as 'range list' counts keys (of a hashed table: hashes)."
                + " Default: in the middle.")
    private long key;

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control(PATIENCE)) {
        SplitRangeReply reply =
            control.call(
                stub ->
                    stub.splitRange(
                        SplitRangeRequest.newBuilder().setRange(range).setKey(key).build()));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("left", ClusterView.range(reply.getLeft()));
        document.put("right", ClusterView.range(reply.getRight()));
        common.print(
            document,
            () -> {
              RangeCommand.print(common.out(), reply.getLeft());
              RangeCommand.print(common.out(), reply.getRight());
            });
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "accept-loss",
      sortOptions = false,
      description = {
        "Goes on with what one live node has of a range, when every node with all of it is gone.",
        "Acknowledged pushes may be lost for good; what is known of them is printed.",
        "The last resort: start the nodes of the range's chain again first, where that can be."
      },
      footer = {"", "Example: holdfast range accept-loss 7 --yes"})
  static final class AcceptLoss implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "RANGE", description = "Number of the range.")
    private int range;

    @Option(
        names = "--node",
        paramLabel = "N",
        description = "The node that goes on. Default: the live one with the longest log.")
    private int node;

    @Option(names = "--yes", required = true, description = "Really lose them. Must be given.")
    private boolean yes;

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control(PATIENCE)) {
        AcceptLossReply reply =
            control.call(
                stub ->
                    stub.acceptLoss(
                        AcceptLossRequest.newBuilder().setRange(range).setNode(node).build()));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("accepted", yes);
        document.put("lost", reply.getLost());
        document.put("node", reply.getNode());
        document.put("keptLsn", reply.getKeptLsn());
        document.put("keptEpoch", reply.getKeptEpoch());
        document.put("knownLsn", reply.getKnownLsn());
        document.put("lostAtLeast", reply.getLostAtLeast());
        document.put("range", ClusterView.range(reply.getRange()));
        common.print(
            document,
            () -> {
              common.out().println("lost: " + reply.getLost());
              RangeCommand.print(common.out(), reply.getRange());
            });
      }
      return ExitCode.OK.number();
    }
  }
}
