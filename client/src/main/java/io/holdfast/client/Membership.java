package io.holdfast.client;

import io.holdfast.client.retry.RangeCall;
import io.holdfast.client.retry.RangeLink;
import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.WorkerLinks;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** How a session makes itself known: to nodes, to its job, and to ranges. Calls block. */
final class Membership {
  // A head that does not welcome us for so long may have been replaced.
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Session session;
  private final WorkerLinks links;
  private volatile int groupSize;
  private final Object joining = new Object();
  private volatile @Nullable SavedState resumed;
  private volatile boolean beganAgain;

  Membership(Session session, WorkerLinks links, int groupSize) {
    this.session = session;
    this.links = links;
    this.groupSize = groupSize;
  }

  /** What the rank's last save stored, where the worker goes on from it. */
  @Nullable SavedState resumed() {
    return resumed;
  }

  /** Whether the rank was away from its group, and goes on without what it had before. */
  boolean beganAgain() {
    return beganAgain;
  }

  /** Returns when every head of the set has welcomed us, so that its {@link Welcome} is known. */
  void connect(RangeSet set) {
    long deadline = session.deadline();
    while (true) {
      var welcomes = new ArrayList<CompletableFuture<Boolean>>();
      session.locked(() -> welcomes(set, welcomes));
      var all = CompletableFuture.allOf(welcomes.toArray(CompletableFuture<?>[]::new));
      long left = deadline - System.nanoTime();
      try {
        var unused = await(all, Math.min(left, LOOK_AGAIN_NANOS));
        return;
      } catch (HoldfastException e) {
        if (e.code() != ErrorCode.UNAVAILABLE || left <= 0) {
          throw e;
        }
      }
      session.locked(() -> set.ask(0));
    }
  }

  private void welcomes(RangeSet set, List<CompletableFuture<Boolean>> to) {
    links.checkAlive();
    for (RangeLink link : set.links()) {
      String head = link.route().head();
      to.add(head.isEmpty() ? new CompletableFuture<>() : session.stream(head).connected());
    }
  }

  /** Returns when the home range has given the incarnation. */
  void joinHome(Resume resume) {
    synchronized (joining) {
      if (links.incarnation() != 0) {
        return;
      }
      var joined = join(List.of(links.home().links().get(0)), 0).get(0).answer();
      groupSize = Math.max(groupSize, joined.groupSize()); // so that all ranges begin with one size
      byte[] state = joined.savedState();
      SavedState saved =
          resume == Resume.IF_SAVED && state != null ? SavedState.decode(state) : null;
      resumed = saved;
      int savedClock = saved == null ? 0 : saved.clock();
      session.locked(
          () -> {
            if (resume == Resume.IF_SAVED && joined.clock() > savedClock) {
              beganAgain = true;
              links.beginAgain(joined);
            } else if (saved != null) {
              links.begin(joined, saved.clock(), saved.seqs());
            } else {
              links.begin(
                  joined, joined.clock(), resume == Resume.IF_SAVED ? java.util.Map.of() : null);
            }
          });
    }
  }

  /** Returns when every range of the set has this incarnation. Does nothing the second time. */
  void join(RangeSet set) {
    if (set.isJoined()) {
      return;
    }
    joinHome(Resume.FRESH);
    synchronized (joining) {
      // Again where a range was split meanwhile.
      while (!set.isJoined()) {
        var missing = set.links().stream().filter(link -> !link.isJoined()).toList();
        var unused = join(missing, links.incarnation());
      }
    }
  }

  private List<PartOutcome.Joined> join(List<RangeLink> to, int as) {
    var group = new CallGroup<Boolean>(session.executor(), done -> true);
    var joins = new ArrayList<PartOutcome.Joined>();
    for (RangeLink link : to) {
      var outcome = new PartOutcome.Joined(group, session.window());
      joins.add(outcome);
      session.submit(link, new RangeCall.Join(outcome, session.deadline(), as, groupSize));
    }
    group.done();
    var unused = await(group.future(), session.options().callTimeout().toNanos());
    return joins;
  }

  /** Waits for it; its failure is thrown. */
  <T> T await(CompletableFuture<T> future, long nanos) {
    try {
      return future.get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof HoldfastException known
          ? known
          : new HoldfastException(ErrorCode.INTERNAL, "unexpected", e);
    } catch (TimeoutException e) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE, "no answer within " + session.options().callTimeout(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
    }
  }
}
