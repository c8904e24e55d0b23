package io.holdfast.it.sim;

import io.holdfast.coordination.Planner;
import io.holdfast.coordination.PlannerOptions;

/** Plans while this node leads. */
final class SimController {
  private static final long GRACE = 700 * World.MILLIS;

  private final World world;
  private final SimNode node;
  private final SimCoordination coordination;
  private int controllerEpoch;
  private boolean controlling;
  private long waitingSince = -1;

  SimController(World world, SimNode node, SimCoordination coordination) {
    this.world = world;
    this.node = node;
    this.coordination = coordination;
  }

  void stop() {
    controlling = false;
  }

  /** ZooKeeper says that it is this node's turn. */
  void lead() {
    if (controlling) {
      return;
    }
    controlling = true;
    coordination.update(
        "take control",
        view -> {
          controllerEpoch = view.state().getControllerEpoch() + 1;
          return view.state().toBuilder().setControllerEpoch(controllerEpoch).build();
        },
        SimCoordination.TRIES,
        done -> {
          controlling = done;
          if (done) {
            control();
          }
        });
  }

  private void control() {
    if (!controlling) {
      return;
    }
    coordination.update(
        "plan",
        view -> {
          if (view.state().getControllerEpoch() != controllerEpoch) {
            controlling = false; // another has taken over (P25)
            return view.state();
          }
          boolean waiting = Planner.isWaitingForGrace(view.state(), view.live());
          waitingSince = !waiting ? -1 : waitingSince < 0 ? world.now() : waitingSince;
          boolean over = waiting && world.now() - waitingSince > GRACE;
          return Planner.plan(view.state(), view.live(), new PlannerOptions(over, 1));
        },
        1,
        done -> {
          int epoch = controllerEpoch;
          node.later(
              world.between(80, 160) * World.MILLIS,
              () -> {
                if (epoch == controllerEpoch) {
                  control();
                }
              });
        });
  }
}
