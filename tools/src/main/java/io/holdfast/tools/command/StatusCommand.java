package io.holdfast.tools.command;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.display.Terminal;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.StatusReply;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast status}. */
@Command(
    name = "status",
    sortOptions = false,
    description = {
      "Shows the cluster: its nodes, and each table's chains with the lag of every replica.",
      "A node that runs without ZooKeeper shows its shards, tables and ranges; --nodes shows them too.",
      "Ends with 8 where a range has fewer serving replicas than its table asks for."
    },
    footer = {
      "",
      "Example: holdfast status --server 127.0.0.1:7070 --output json",
      "         holdfast status --watch"
    })
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common.Cluster cluster = new Common.Cluster();
  @Mixin private Common common = new Common();

  @Option(
      names = "--nodes",
      description = "Of a cluster, show each node's shards, tables and ranges too.")
  private boolean nodes;

  @Option(
      names = "--watch",
      arity = "0..1",
      fallbackValue = "1",
      paramLabel = "SECONDS",
      description = "Show it again every so many seconds (1) until the command is stopped.")
  private double watch;

  @Override
  public Integer call() throws InterruptedException {
    if (watch < 0 || watch > 3_600) {
      throw new ParameterException(command.commandLine(), "--watch is not within 0 and 3600");
    }
    if (watch == 0) {
      return show().number();
    }
    while (true) {
      try {
        clear();
        show();
      } catch (HoldfastException e) {
        // It may be the failover that somebody watches for.
        common.out().println(e.getMessage());
        common.out().flush();
      }
      Thread.sleep(Duration.ofMillis((long) (watch * 1_000)));
    }
  }

  /** One document a line for programs; a page for people. */
  private void clear() {
    if (!common.isJson()) {
      PrintWriter out = common.out();
      out.print(Terminal.outputIsTerminal() ? "\033[H\033[2J" : "");
      out.println(LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS));
    }
  }

  private ExitCode show() {
    ClusterStatusReply reply = clusterStatus();
    if (!ClusterView.isCluster(reply)) {
      return showNodes();
    }
    common.print(
        ClusterView.document(reply),
        () -> {
          common.out().print(ClusterView.text(reply));
          if (nodes) {
            reply.getNodesList().stream()
                .filter(node -> node.hasStatus())
                .forEach(
                    node ->
                        common
                            .out()
                            .printf("%n%s", NodeView.text(node.getAddress(), node.getStatus())));
          }
        });
    return reply.getUnderReplicated() > 0 ? ExitCode.UNDER_REPLICATED : ExitCode.OK;
  }

  /** Empty where the server knows of no clusters. */
  private ClusterStatusReply clusterStatus() {
    try (ControlCalls control = cluster.control()) {
      return control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
    } catch (HoldfastException e) {
      if (e.code() == ErrorCode.UNSUPPORTED_PROTOCOL) {
        return ClusterStatusReply.getDefaultInstance();
      }
      throw e;
    }
  }

  private ExitCode showNodes() {
    List<Map<String, Object>> documents = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (String address : cluster.addresses().split(",", -1)) {
      StatusReply reply = NodeProbe.status(address.strip());
      documents.add(NodeView.document(address.strip(), reply));
      texts.add(NodeView.text(address.strip(), reply));
    }
    common.print(
        Map.of("nodes", documents),
        () -> common.out().print(String.join(System.lineSeparator(), texts)));
    return ExitCode.OK;
  }
}
