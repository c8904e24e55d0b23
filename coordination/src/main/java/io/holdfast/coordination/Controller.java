package io.holdfast.coordination;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the planner while this node is the controller. All nodes have one; a latch in ZooKeeper
 * chooses, and is only a hint (rule P25): the one that counts is who last wrote its controller
 * epoch into the catalogue, and a plan is written only where that is still its own.
 */
public final class Controller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
  private static final int NONE = 0;

  private final Membership membership;
  private final ControllerSettings settings;
  private final Semaphore wakeUp = new Semaphore(0);
  private final Catalog.Watch watch;
  private final Thread thread;
  private volatile LeaderLatch latch;
  private volatile int epoch = NONE;
  private volatile boolean closed;

  // Of the own thread.
  private boolean waiting;
  private long waitingSince;

  private Controller(Membership membership, ControllerSettings settings) {
    this.membership = membership;
    this.settings = settings;
    this.latch = newLatch();
    this.watch = membership.onChange(wakeUp::release);
    this.thread = Thread.ofPlatform().name("holdfast-controller").daemon().unstarted(this::run);
  }

  /** Takes part in the election from now on, in a thread of its own. */
  public static Controller start(Membership membership, ControllerSettings settings) {
    var controller = new Controller(membership, settings);
    controller.enter(controller.latch);
    controller.thread.start();
    return controller;
  }

  /** Whether this node takes itself for the controller. */
  public boolean isLeading() {
    return epoch != NONE;
  }

  private LeaderLatch newLatch() {
    return new LeaderLatch(
        membership.client(),
        membership.cluster().path("controller"),
        Integer.toString(membership.node()));
  }

  private void enter(LeaderLatch entered) {
    entered.addListener(
        new LeaderLatchListener() {
          @Override
          public void isLeader() {
            wakeUp.release();
          }

          @Override
          public void notLeader() {
            wakeUp.release();
          }
        });
    try {
      entered.start();
    } catch (Exception e) {
      throw new IllegalStateException("the controller's latch does not start", e);
    }
  }

  private void run() {
    while (!closed) {
      try {
        boolean woken = wakeUp.tryAcquire(settings.interval().toNanos(), TimeUnit.NANOSECONDS);
        if (woken) {
          wakeUp.drainPermits();
        }
        turn();
      } catch (InterruptedException e) {
        return;
      } catch (HoldfastException e) {
        if (!closed) {
          LOG.warn("controller of node {}: {}; trying again", membership.node(), e.getMessage());
        }
      } catch (RuntimeException e) {
        // Whatever it was: while this node leads, nobody else plans.
        if (!closed) {
          LOG.error("controller of node {} failed; trying again", membership.node(), e);
        }
      }
    }
  }

  private void turn() {
    if (!latch.hasLeadership()) {
      resign();
      return;
    }
    if (epoch == NONE) {
      lead();
    }
    var state = membership.catalog().refresh();
    if (state.getControllerEpoch() != epoch) {
      LOG.info(
          "node {}: another controller has epoch {}",
          membership.node(),
          state.getControllerEpoch());
      resign();
      queueAgain();
      return;
    }
    plan(state);
  }

  private void lead() {
    var own = new AtomicInteger();
    membership
        .catalog()
        .update(
            state -> {
              own.set(state.getControllerEpoch() + 1);
              return state.toBuilder().setControllerEpoch(own.get()).build();
            });
    epoch = own.get();
    waiting = false;
    LOG.info("node {} is the controller, with epoch {}", membership.node(), epoch);
  }

  private void resign() {
    if (epoch != NONE) {
      LOG.info("node {} is no longer the controller", membership.node());
    }
    epoch = NONE;
  }

  private void queueAgain() {
    close(latch);
    latch = newLatch();
    enter(latch);
  }

  private void plan(CatalogState read) {
    var live = membership.refreshLive();
    var options = new PlannerOptions(isGraceOver(read, live), settings.maxMovesAtOnce());
    int own = epoch;
    membership
        .catalog()
        .update(
            state ->
                state.getControllerEpoch() == own ? Planner.plan(state, live, options) : state);
  }

  private boolean isGraceOver(CatalogState state, Map<Integer, LiveNode> live) {
    if (!Planner.isWaitingForGrace(state, live)) {
      waiting = false;
      return false;
    }
    long now = System.nanoTime();
    if (!waiting) {
      waiting = true;
      waitingSince = now;
    }
    return now - waitingSince >= settings.grace().toNanos();
  }

  private static void close(LeaderLatch latch) {
    try {
      latch.close();
    } catch (IOException | IllegalStateException e) {
      LOG.debug("a latch was closed already", e);
    }
  }

  /**
   * Leaves the election, so that another takes over at once. Blocks; to be called before the
   * membership closes.
   */
  @Override
  public void close() {
    closed = true;
    watch.close();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close(latch);
    epoch = NONE;
  }
}
