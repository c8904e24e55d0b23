package io.holdfast.tools.command;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.display.StepBar;
import io.holdfast.v1.ChangeNodeRequest;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.NodeInfo;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast node ...}. */
@Command(
    name = "node",
    description = "Lists, drains and removes nodes of a cluster.",
    footer = {"", "Example: holdfast node list"},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      NodeCommand.ListAll.class,
      NodeCommand.Drain.class,
      NodeCommand.Undrain.class,
      NodeCommand.Remove.class
    })
final class NodeCommand {
  private static ClusterStatusReply status(ControlCalls control) {
    return control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
  }

  /**
   * @throws HoldfastException INVALID_ARGUMENT where there is no such node
   */
  private static NodeInfo find(ControlCalls control, int node) {
    return status(control).getNodesList().stream()
        .filter(info -> info.getNode() == node)
        .findFirst()
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.INVALID_ARGUMENT,
                    "there is no node " + node + "; 'holdfast node list' shows those there are"));
  }

  private static NodeInfo change(ControlCalls control, int node, String wanted) {
    return control.call(
        stub ->
            stub.changeNode(
                ChangeNodeRequest.newBuilder().setNode(node).setWanted(wanted).build()));
  }

  @Command(
      name = "list",
      description = "Lists the nodes of the cluster.",
      footer = {"", "Example: holdfast node list --output json"})
  static final class ListAll implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Override
    public Integer call() {
      ClusterStatusReply reply;
      try (ControlCalls control = cluster.control()) {
        reply = status(control);
      }
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("controller", reply.getControllerNode());
      document.put("nodes", reply.getNodesList().stream().map(ClusterView::node).toList());
      common.print(
          document,
          () ->
              common
                  .out()
                  .print(ClusterView.nodes(reply.getNodesList(), reply.getControllerNode())));
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "drain",
      sortOptions = false,
      description = {
        "Moves all ranges off a node while it goes on serving, and waits until none is left on it.",
        "The node stays in the cluster and gets no new ranges, until 'node undrain'."
      },
      footer = {"", "Example: holdfast node drain 3"})
  static final class Drain implements Callable<Integer> {
    private static final long POLL_MILLIS = 500;

    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "NODE", description = "Number of the node.")
    private int node;

    @Option(names = "--no-wait", description = "Return once the order is recorded.")
    private boolean noWait;

    @Override
    public Integer call() throws InterruptedException {
      try (ControlCalls control = cluster.control()) {
        NodeInfo drained = change(control, node, "DRAINING");
        if (!noWait) {
          drained = await(control);
        }
        NodeInfo found = drained;
        common.print(
            ClusterView.node(found),
            () ->
                common
                    .out()
                    .println(
                        found.getRanges() == 0
                            ? "node " + node + " is drained: no range is left on it"
                            : "node " + node + " is draining: " + found.getRanges() + " to move"));
      }
      return ExitCode.OK.number();
    }

    private NodeInfo await(ControlCalls control) throws InterruptedException {
      NodeInfo now = find(control, node);
      int most = now.getRanges();
      try (var bar =
          new StepBar("draining node " + node, Math.max(1, most), "ranges", common.err())) {
        while (now.getRanges() > 0) {
          if (!now.getWanted().equals("DRAINING")) {
            throw new HoldfastException(
                ErrorCode.NOT_READY,
                "node "
                    + node
                    + " is "
                    + now.getWanted()
                    + " now: somebody has taken the order back");
          }
          bar.show(Math.max(0, most - now.getRanges()), now.getRanges() + " left");
          Thread.sleep(Duration.ofMillis(POLL_MILLIS));
          now = find(control, node);
        }
        bar.show(Math.max(1, most), "");
      }
      return now;
    }
  }

  @Command(
      name = "undrain",
      description = "Takes 'node drain' back: the node gets ranges again.",
      footer = {"", "Example: holdfast node undrain 3"})
  static final class Undrain implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "NODE", description = "Number of the node.")
    private int node;

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control()) {
        NodeInfo changed = change(control, node, "ACTIVE");
        common.print(
            ClusterView.node(changed),
            () -> common.out().println("node " + node + " gets ranges again"));
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "remove",
      sortOptions = false,
      description = {
        "Takes a node out of the cluster for good: its store is never placed on again.",
        "Refused while ranges are on it, unless --yes is given; drain a node that lives first."
      },
      footer = {"", "Example: holdfast node drain 3 && holdfast node remove 3"})
  static final class Remove implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "NODE", description = "Number of the node.")
    private int node;

    @Option(
        names = "--yes",
        description = "Remove it although ranges are on it: they lose a replica each.")
    private boolean yes;

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control()) {
        NodeInfo found = find(control, node);
        if (found.getRanges() > 0 && !yes) {
          throw new HoldfastException(
              ErrorCode.NOT_READY,
              found.getRanges()
                  + " ranges are on node "
                  + node
                  + "; drain it first ('holdfast node drain "
                  + node
                  + "'), or give --yes where it will not come back");
        }
        NodeInfo removed = change(control, node, "REMOVED");
        common.print(
            ClusterView.node(removed),
            () -> common.out().println("node " + node + " is removed for good"));
      }
      return ExitCode.OK.number();
    }
  }
}
