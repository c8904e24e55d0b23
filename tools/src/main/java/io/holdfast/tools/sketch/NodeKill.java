package io.holdfast.tools.sketch;

import io.holdfast.tools.command.ControlCalls;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.v1.ClusterStatusReply;
import io.holdfast.v1.ClusterStatusRequest;
import io.holdfast.v1.Member;
import io.holdfast.v1.NodeInfo;
import io.holdfast.v1.Range;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The paper's failure test: kills the node that is head of most of the counters' ranges when a
 * third of the items is in, starts it again when two thirds are, and measures what that did to the
 * rate. Where it is not known how many items there are, after so many seconds. Its calls block for
 * as long as a signal takes; for one thread.
 */
final class NodeKill {
  private static final double SECONDS = 5;
  private static final Duration PER_NODE = Duration.ofSeconds(20);

  private final ProcessCluster cluster;
  private final String job;
  private final Consumer<String> say;
  private final RateBack rate = new RateBack();
  private final List<Struck> struck = new ArrayList<>();
  private @Nullable NodeProcess victim;
  private NodeProcess head;
  private boolean restarted;

  /** What was done to the cluster, to be marked in the report. */
  record Struck(double seconds, String what) {}

  /**
   * @param job of the counters
   * @param say is told what is done
   */
  NodeKill(ProcessCluster cluster, String job, Consumer<String> say) {
    this.cluster = cluster;
    this.job = job;
    this.say = say;
    this.head = cluster.nodes().get(0);
  }

  /**
   * Chooses whom to kill. Before anything is inserted, when the counters' table is there; blocks.
   */
  void aim() {
    head = head();
  }

  /**
   * To be called often.
   *
   * @param done items, of this life
   * @param all items of this life; 0: not known
   */
  void look(double seconds, double sinceBegin, long done, long all) {
    rate.look(seconds, done);
    NodeProcess dead = victim;
    if (dead == null) {
      if (all > 0 ? 3 * done >= all : sinceBegin >= SECONDS) {
        kill(head, seconds, done);
      }
      return;
    }
    boolean due = all > 0 ? 3 * done >= 2 * all : seconds >= struck.get(0).seconds() + SECONDS;
    if (!restarted && due) {
      restart(dead, seconds);
    }
  }

  private void kill(NodeProcess node, double seconds, long done) {
    rate.strike(seconds, done);
    node.kill();
    victim = node;
    tell(seconds, "kill -9 " + node.name() + ", a head of chains of the counters");
  }

  private void restart(NodeProcess node, double seconds) {
    node.start();
    restarted = true;
    tell(seconds, node.name() + " is started again");
  }

  private void tell(double seconds, String what) {
    struck.add(new Struck(seconds, what));
    say.accept(what);
  }

  /** The node at the head of most ranges of the counters. */
  private NodeProcess head() {
    ClusterStatusReply status;
    try (var control = new ControlCalls(cluster.addresses(), PER_NODE)) {
      status = control.call(stub -> stub.clusterStatus(ClusterStatusRequest.getDefaultInstance()));
    }
    Map<Integer, Integer> heads = new TreeMap<>();
    status.getTablesList().stream()
        .filter(table -> table.getJob().equals(job) && !table.getTable().isEmpty())
        .flatMap(table -> table.getRangesList().stream())
        .forEach(chain -> countHead(chain.getRange(), heads));
    int most =
        heads.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse(1);
    return status.getNodesList().stream()
        .filter(node -> node.getNode() == most)
        .map(NodeInfo::getAddress)
        .flatMap(address -> cluster.at(address).stream())
        .findFirst()
        .orElse(cluster.nodes().get(0));
  }

  private static void countHead(Range range, Map<Integer, Integer> heads) {
    range.getMembersList().stream()
        .filter(member -> member.getRole() == Member.Role.SERVING)
        .findFirst()
        .ifPresent(member -> heads.merge(member.getNode(), 1, Integer::sum));
  }

  /** Whether it came to that: a run may end before. */
  boolean isDone() {
    return victim != null;
  }

  RateBack rate() {
    return rate;
  }

  List<Struck> struck() {
    return List.copyOf(struck);
  }
}
