package io.holdfast.it.sim;

import java.util.ArrayDeque;

/**
 * Pairs of processes, each with one ordered connection that can stall, in one direction or both,
 * and break; what is in flight then is lost.
 */
final class Network {
  private static final int WINDOW = 6;

  private final World world;
  private final SimProcess[] processes;
  private final Link[] links;
  private final int nodes;

  /** Slow networks show other orders than fast ones. */
  private final long usualDelay;

  private final double slowChance;
  private boolean healing;

  private final class Link {
    final int low;
    final int high;
    int connection;
    boolean up;
    boolean trying;
    final boolean[] sees = new boolean[2];
    final long[] lastArrival = new long[2];
    final int[] bulk = new int[2];
    final long[] heardUntil = new long[2];
    final boolean[] wantsReady = new boolean[2];
    final boolean[] cut = new boolean[2];
    int cuts;
    final ArrayDeque<Runnable> stalled = new ArrayDeque<>();
    final ArrayDeque<Runnable> stalledBack = new ArrayDeque<>();

    Link(int low, int high) {
      this.low = low;
      this.high = high;
    }

    int end(int process) {
      return process == low ? 0 : 1;
    }

    ArrayDeque<Runnable> stalledTo(int end) {
      return end == 0 ? stalledBack : stalled;
    }

    void send(int to, boolean isBulk, Runnable delivery) {
      int end = end(to);
      if (!up || !sees[1 - end]) {
        return;
      }
      if (isBulk) {
        bulk[end]++;
      }
      int sentOn = connection;
      SimProcess target = processes[to];
      // All of it holds for the connection that it was sent on, and no other.
      Runnable arrival =
          () -> {
            if (sentOn == connection || !up) {
              target.later(0, () -> receive(sentOn, end, isBulk, delivery));
            }
          };
      schedule(end, arrival);
    }

    // What is sent while the way is cut is behind what was under way when it was (rule P5).
    private void schedule(int end, Runnable arrival) {
      long at = Math.max(lastArrival[end], world.now() + delay());
      lastArrival[end] = at;
      world.at(
          at,
          () -> {
            if (cut[end]) {
              stalledTo(end).add(arrival);
            } else {
              arrival.run();
            }
          });
    }

    /** Of a broken connection some of what is in flight still comes, until its end is seen. */
    private boolean isHeard(int sentOn, int end) {
      return sees[end]
          && (sentOn == connection
              || (!up && sentOn == connection - 1 && world.now() <= heardUntil[end]));
    }

    private void receive(int sentOn, int end, boolean isBulk, Runnable delivery) {
      if (!isHeard(sentOn, end)) {
        return;
      }
      if (isBulk && sentOn == connection) {
        bulk[end]--;
        if (wantsReady[end] && bulk[end] < WINDOW / 2) {
          wantsReady[end] = false;
          processes[end == 0 ? high : low].later(delay(), () -> ready(sentOn, end));
        }
      }
      delivery.run();
    }

    private void ready(int sentOn, int end) {
      if (sentOn == connection) {
        processes[end == 0 ? high : low].ready(end == 0 ? low : high);
      }
    }

    /** Lost for both ends, who see it when they do. */
    void breakDown(long noticed) {
      if (!up) {
        return;
      }
      up = false;
      int broken = ++connection;
      stalled.clear();
      stalledBack.clear();
      for (int end = 0; end < 2; end++) {
        int at = end;
        heardUntil[end] =
            world.chance(0.5) ? world.now() + world.between(0, noticed) : world.now() - 1;
        if (!processes[end == 0 ? low : high].isAlive()) {
          sees[end] = false;
          continue;
        }
        processes[end == 0 ? low : high].later(
            world.between(noticed / 4, noticed),
            () -> {
              // Not where another connection stands by now: this end never saw the one that broke.
              if (sees[at] && connection == broken) {
                sees[at] = false;
                processes[at == 0 ? low : high].disconnected(at == 0 ? high : low);
              }
              retry(world.between(1 * World.MILLIS, 30 * World.MILLIS));
            });
      }
      retry(world.between(20 * World.MILLIS, 200 * World.MILLIS));
    }

    void retry(long delay) {
      if (!trying) {
        trying = true;
        world.after(delay, this::connect);
      }
    }

    private void connect() {
      trying = false;
      SimProcess one = processes[low];
      SimProcess other = processes[high];
      if (up || (!one.isAlive() && !other.isAlive())) {
        return; // who starts again, calls retry
      }
      if (sees[0] && !one.isAlive()) {
        sees[0] = false;
      }
      if (sees[1] && !other.isAlive()) {
        sees[1] = false;
      }
      boolean reachable = !cut[0] && !cut[1];
      if (reachable && one.isAlive() && !other.isAlive() && other.isMachineUp()) {
        Object known = one.knows(high);
        one.later(delay(), () -> one.refused(high, known));
      }
      if (reachable && other.isAlive() && !one.isAlive() && one.isMachineUp()) {
        Object known = other.knows(low);
        other.later(delay(), () -> other.refused(low, known));
      }
      if (!reachable
          || !one.isAlive()
          || !other.isAlive()
          || one.isPaused()
          || other.isPaused()
          || sees[0]
          || sees[1]) {
        retry(world.between(20 * World.MILLIS, 200 * World.MILLIS));
        return;
      }
      up = true;
      int made = ++connection;
      for (int end = 0; end < 2; end++) {
        int at = end;
        bulk[end] = 0;
        wantsReady[end] = false;
        lastArrival[end] = world.now() + delay();
        world.at(
            lastArrival[end],
            () -> {
              if (made == connection) {
                processes[at == 0 ? low : high].later(0, () -> seesConnection(made, at));
              }
            });
      }
    }

    private void seesConnection(int made, int end) {
      if (made == connection) {
        sees[end] = true;
        processes[end == 0 ? low : high].connected(end == 0 ? high : low);
      }
    }

    void cut(int towards) {
      cut[end(towards)] = true;
      int mine = ++cuts;
      // Keep-alive: nobody is heard, so the connection is given up.
      world.after(
          world.between(500 * World.MILLIS, 1500 * World.MILLIS),
          () -> {
            if (mine == cuts && (cut[0] || cut[1])) {
              breakDown(20 * World.MILLIS);
            }
          });
    }

    void heal() {
      cuts++;
      for (int end = 0; end < 2; end++) {
        if (cut[end]) {
          cut[end] = false;
          var held = stalledTo(end);
          while (!held.isEmpty()) {
            held.poll().run(); // before all that is still under way
          }
        }
      }
    }
  }

  /**
   * @param nodes the first so many processes are nodes, known by 1 and up; the rest are clients,
   *     which have no connections to each other
   */
  Network(World world, SimProcess[] processes, int nodes) {
    this.world = world;
    this.processes = processes;
    this.nodes = nodes;
    this.usualDelay = world.chance(0.3) ? 3 * World.MILLIS : 300;
    this.slowChance = world.chance(0.3) ? 0.05 : 0.005;
    this.links = new Link[processes.length * processes.length];
    for (int low = 0; low < nodes; low++) {
      for (int high = low + 1; high < processes.length; high++) {
        links[low * processes.length + high] = new Link(low, high);
      }
    }
  }

  private Link link(int a, int b) {
    return links[Math.min(a, b) * processes.length + Math.max(a, b)];
  }

  long delay() {
    return !healing && world.chance(slowChance)
        ? world.between(usualDelay, 30 * World.MILLIS)
        : world.between(usualDelay / 4, usualDelay);
  }

  /** Sends; lost where there is no connection, or it breaks before it arrives. */
  void send(int from, int to, Runnable delivery) {
    if (from == to) {
      return; // meant for whoever had another disk there before
    }
    link(from, to).send(to, false, delivery);
  }

  /** Sends what fills buffers: mind {@link #isReady}. */
  void sendBulk(int from, int to, Runnable delivery) {
    if (from == to) {
      return;
    }
    link(from, to).send(to, true, delivery);
  }

  /** Whether there is room for more; {@link SimProcess#ready} tells where there was none. */
  boolean isReady(int from, int to) {
    if (from == to) {
      return false;
    }
    var link = link(from, to);
    int end = link.end(to);
    boolean ready = link.bulk[end] < WINDOW;
    link.wantsReady[end] |= !ready;
    return ready;
  }

  boolean isConnected(int from, int to) {
    var link = link(from, to);
    return link.sees[link.end(from)];
  }

  void drop(int a, int b) {
    if (a != b) {
      link(a, b).breakDown(5 * World.MILLIS);
    }
  }

  /**
   * A process has died: its connections break, at once or, with its machine, unnoticed for long.
   */
  void died(int process, boolean machine) {
    forEachPeer(
        process,
        link -> {
          link.breakDown(machine ? 1500 * World.MILLIS : 3 * World.MILLIS);
          link.sees[link.end(process)] = false;
        });
  }

  void started(int process) {
    forEachPeer(
        process,
        link -> {
          link.sees[link.end(process)] = false;
          link.retry(world.between(100, 20 * World.MILLIS));
        });
  }

  void cut(int from, int to) {
    link(from, to).cut(to);
  }

  void heal(int a, int b) {
    link(a, b).heal();
  }

  void healAll() {
    healing = true;
    for (var link : links) {
      if (link != null) {
        link.heal();
      }
    }
  }

  private void forEachPeer(int process, java.util.function.Consumer<Link> action) {
    for (int peer = 0; peer < processes.length; peer++) {
      if (peer != process && (peer < nodes || process < nodes)) {
        action.accept(link(process, peer));
      }
    }
  }
}
