package io.holdfast.it.sim;

import java.util.ArrayDeque;

/** A process that can be killed, started again, and paused. */
abstract class SimProcess {
  final World world;
  final String name;
  private boolean alive;
  private int life;
  private long pausedUntil;
  private final ArrayDeque<Runnable> deferred = new ArrayDeque<>();

  /** The machine that it runs on is up: a connection to the dead process is refused at once. */
  private boolean machineUp = true;

  SimProcess(World world, String name) {
    this.world = world;
    this.name = name;
  }

  boolean isAlive() {
    return alive;
  }

  boolean isPaused() {
    return pausedUntil > world.now();
  }

  boolean isMachineUp() {
    return machineUp;
  }

  void machineUp(boolean up) {
    machineUp = up;
  }

  void pause(long duration) {
    pausedUntil = Math.max(pausedUntil, world.now() + duration);
  }

  void resume() {
    pausedUntil = world.now();
  }

  void started() {
    alive = true;
    deferred
        .clear(); // what came for the dead, while it was paused, would hold up all that comes now
    life++;
  }

  void died() {
    alive = false;
    life++;
    deferred.clear();
    pausedUntil = 0;
  }

  /** Runs later, unless the process has died by then; a paused one does it when it goes on. */
  void later(long delay, Runnable action) {
    later(life, delay, action);
  }

  /** Which of its lives this is. */
  int life() {
    return life;
  }

  /** Runs later in that life, if it is not over by then. */
  void later(int when, long delay, Runnable action) {
    world.after(delay, () -> runIn(when, action));
  }

  private void runIn(int when, Runnable action) {
    if (when != life) {
      return;
    }
    if (isPaused() || !deferred.isEmpty()) {
      if (deferred.isEmpty()) {
        world.at(pausedUntil, () -> goOn(when));
      }
      deferred.add(action); // in its turn, however often the pause is made longer
    } else {
      action.run();
    }
  }

  private void goOn(int when) {
    if (when == life && isPaused()) {
      world.at(pausedUntil, () -> goOn(when));
      return;
    }
    while (when == life && !deferred.isEmpty()) {
      deferred.remove().run();
    }
  }

  // ---- what the network tells it

  abstract void connected(int peer);

  abstract void disconnected(int peer);

  /** What it knows of a peer at the moment, for {@link #refused}. */
  Object knows(int peer) {
    return "";
  }

  /**
   * The peer's machine says that nobody listens.
   *
   * @param before what was known of it when the connection was begun
   */
  abstract void refused(int peer, Object before);

  /** More can be sent. */
  abstract void ready(int peer);
}
