package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Tables;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.Roster;
import io.holdfast.replication.chain.RosterAnswer;
import io.holdfast.replication.chain.RosterPlan;
import io.holdfast.replication.shard.GroupPolicy;
import io.holdfast.replication.shard.GroupView;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Job;
import io.holdfast.v1.LostWorkers;
import io.holdfast.v1.Range;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the groups of those jobs whose home range this node heads: has the home range decide
 * who goes and comes, and every range of the job learn of it. What is decided is in the home
 * range's log, so another head goes on with it.
 */
final class GroupKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupKeeper.class);
  private static final long LOOK_MILLIS = 50;

  /** Versions that one look may bring about. */
  private static final int STEPS = 8;

  private final Node node;
  private final RosterCarrier carrier;
  private final Executor threads;
  private final Map<Integer, Map<Integer, RosterAnswer>> answers = new ConcurrentHashMap<>();
  private final Set<Integer> busy = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  GroupKeeper(Node node, RosterCarrier carrier, Executor threads) {
    this.node = node;
    this.carrier = carrier;
    this.threads = threads;
  }

  void start(ScheduledExecutorService timer) {
    var unused =
        timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      lookAtJobs();
    } catch (RuntimeException e) {
      LOG.warn("jobs' groups are looked at again in a moment: {}", String.valueOf(e), e);
    }
  }

  // What is thrown here would end the timer, and with it all that is done about lost workers.
  private void lookAtJobs() {
    for (var job : node.authority().state().getJobsList()) {
      int home = job.getHome().getId();
      if (!isHeadOf(job)) {
        answers.remove(home); // another head may have come further meanwhile
      } else if (busy.add(home)) {
        try {
          threads.execute(() -> keep(job));
        } catch (RejectedExecutionException e) {
          busy.remove(home); // the server is closing
        }
      }
    }
  }

  private boolean isHeadOf(Job job) {
    var serving = Chains.serving(job.getHome());
    return !serving.isEmpty() && serving.get(0).getNode() == node.authority().node();
  }

  private void keep(Job job) {
    int home = job.getHome().getId();
    try {
      for (int i = 0; i < STEPS && !closed && step(job); i++) {}
    } catch (HoldfastException e) {
      // It is tried again at the next look, by whoever heads the range then.
      answers.remove(home);
      LOG.debug("group of job {}: {}", job.getName(), e.getMessage());
    } catch (RuntimeException e) {
      answers.remove(home);
      LOG.warn("group of job {}: {}", job.getName(), e.getMessage(), e);
    } finally {
      busy.remove(home);
    }
  }

  /** Returns whether the roster has changed. */
  @SuppressWarnings(
      "FutureReturnValueIgnored") // none is: thenCompose unfolds the future in the future
  private boolean step(Job job) {
    int home = job.getHome().getId();
    var view = Node.await(node.shardOf(home).ask(shard -> shard.group(home, policy(job))));
    if (!view.settled()) {
      return false;
    }
    var roster = view.roster();
    boolean allHave = roster.version() == 0 || carry(job, node.authority().state(), roster);
    var next = next(job, view, allHave);
    if (next == null) {
      return false;
    }
    LOG.info("group of job {}: {}", job.getName(), next);
    Node.await(
        node.shardOf(home)
            .ask(shard -> shard.applyRoster(home, next))
            .thenCompose(committed -> committed));
    return true;
  }

  private @Nullable Roster next(Job job, GroupView view, boolean allHave) {
    var roster = view.roster();
    if (roster.pending() == null) {
      return RosterPlan.begin(
          roster, view.size(), view.left(), view.lost(), view.returning(), view.wantedSize());
    }
    // Ranges that have come since were made when the change was pending: they are asked, too.
    if (!allHave || !carry(job, node.authority().refresh(), roster)) {
      return null;
    }
    var of = known(job);
    var said = ranges(job, node.authority().state()).stream().map(r -> of.get(r.getId())).toList();
    return said.contains(null) ? null : RosterPlan.settle(roster, said);
  }

  /** Returns whether all ranges have this version. */
  private boolean carry(Job job, CatalogState state, Roster roster) {
    var of = known(job);
    var missing =
        ranges(job, state).stream().filter(range -> !has(of.get(range.getId()), roster)).toList();
    if (!missing.isEmpty()) {
      of.putAll(carrier.carry(state, roster, missing));
    }
    return missing.stream().allMatch(range -> has(of.get(range.getId()), roster));
  }

  private Map<Integer, RosterAnswer> known(Job job) {
    return answers.computeIfAbsent(job.getHome().getId(), home -> new HashMap<>());
  }

  private static boolean has(@Nullable RosterAnswer answer, Roster roster) {
    return answer != null && answer.version() == roster.version();
  }

  private static List<Range> ranges(Job job, CatalogState state) {
    return state.getTablesList().stream()
        .filter(table -> table.getJob().equals(job.getName()))
        .flatMap(table -> table.getRangesList().stream())
        .toList();
  }

  static GroupPolicy policy(Job job) {
    return new GroupPolicy(job.getLostWorkers() == LostWorkers.LEAVE, Tables.lostAfterMillis(job));
  }

  @Override
  public void close() {
    closed = true;
  }
}
