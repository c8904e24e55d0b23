package io.holdfast.it.sim;

import io.holdfast.coordination.LiveNode;
import io.holdfast.v1.CatalogState;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue with its version, and sessions that expire. Calls may be lost on the way there or
 * on the way back, reads without sync may be stale, and watches come late.
 */
final class SimZooKeeper {
  static final long SESSION_TIMEOUT = 1_200 * World.MILLIS;
  private static final long CALL_TIMEOUT = 250 * World.MILLIS;
  private static final long CHECK = 40 * World.MILLIS;
  private static final int REMEMBERED = 8;

  /** What a read gives: the catalogue, who lives, and who is to be the controller. */
  record View(CatalogState state, Map<Integer, LiveNode> live, int leader) {}

  /** How a call ended. */
  enum Outcome {
    DONE,
    /** Somebody else has changed the catalogue. */
    CONFLICT,
    /** It may have been done or not. */
    LOST,
    EXPIRED
  }

  static final class Session {
    private final int process;
    private long lastHeard;
    private boolean expired;
    private @Nullable LiveNode member;
    private long lastVersionRead;

    Session(int process) {
      this.process = process;
    }
  }

  private final World world;
  private final SimProcess[] processes;
  private final boolean[] cut;
  private final ArrayDeque<Session> sessions = new ArrayDeque<>();
  private final ArrayDeque<View> before = new ArrayDeque<>();
  private final Consumer<Integer> watch;
  private final BiConsumer<Integer, Integer> bound;
  private BiConsumer<CatalogState, CatalogState> changed = (before, after) -> {};
  private View current;
  private boolean down;
  private boolean healing;
  private double lossChance;
  private double lateChance;

  /**
   * @param watch told, late, which process should look again
   * @param bound told which process a node is
   */
  SimZooKeeper(
      World world,
      SimProcess[] processes,
      CatalogState state,
      Consumer<Integer> watch,
      BiConsumer<Integer, Integer> bound) {
    this.world = world;
    this.processes = processes;
    this.cut = new boolean[processes.length];
    this.watch = watch;
    this.bound = bound;
    this.current = new View(state, Map.of(), 0);
    world.after(CHECK, this::expire);
  }

  /** The truth, for invariants and clients' answers; nodes have to call. */
  CatalogState state() {
    return current.state();
  }

  View view() {
    return current;
  }

  void faults(double loss, double late) {
    lossChance = loss;
    lateChance = late;
  }

  /** Who is told of each change, as what was and what is, when it is made. */
  void onChange(BiConsumer<CatalogState, CatalogState> listener) {
    changed = listener;
  }

  void cut(int process, boolean isCut) {
    cut[process] = isCut;
  }

  void down(boolean isDown) {
    down = isDown;
    if (!isDown) {
      for (var session : sessions) {
        session.lastHeard = world.now(); // as a new leader of the ensemble does
      }
    }
  }

  void heal() {
    healing = true;
    down(false);
    java.util.Arrays.fill(cut, false);
    lossChance = 0;
    lateChance = 0;
  }

  /** What an operator asks for, and gets at once. */
  void operator(java.util.function.UnaryOperator<CatalogState> change) {
    long version = current.state().getVersion();
    change(change.apply(current.state()).toBuilder().setVersion(version + 1).build());
  }

  private long delay() {
    return world.between(200, 2 * World.MILLIS);
  }

  private boolean unreachable(int process) {
    return down || cut[process] || (!healing && world.chance(lossChance));
  }

  /** Opens a session. */
  void connect(SimProcess caller, int process, Consumer<@Nullable Session> answer) {
    var session = new Session(process);
    call(
        caller,
        process,
        () -> {
          session.lastHeard = world.now();
          sessions.add(session);
          return Outcome.DONE;
        },
        outcome -> answer.accept(outcome == Outcome.DONE ? session : null));
  }

  /** Reads; without sync it may be of a while ago, though never older than what was read before. */
  void read(
      SimProcess caller,
      Session session,
      boolean sync,
      BiConsumer<Outcome, @Nullable View> answer) {
    var read = new View[1];
    call(
        caller,
        session.process,
        () -> {
          var outcome = heard(session);
          if (outcome == Outcome.DONE) {
            read[0] = sync || healing ? current : stale(session);
            session.lastVersionRead = read[0].state().getVersion();
          }
          return outcome;
        },
        outcome -> answer.accept(outcome, outcome == Outcome.DONE ? read[0] : null));
  }

  private View stale(Session session) {
    int back = world.index(REMEMBERED);
    int at = before.size();
    for (var view : before) {
      if (at-- <= back && view.state().getVersion() >= session.lastVersionRead) {
        return view;
      }
    }
    return current;
  }

  /** Compare-and-set; on success makes the entry of a living node with it, where one is given. */
  void write(
      SimProcess caller,
      Session session,
      long version,
      CatalogState next,
      @Nullable LiveNode member,
      Consumer<Outcome> answer) {
    call(
        caller,
        session.process,
        () -> {
          var outcome = heard(session);
          if (outcome == Outcome.DONE && current.state().getVersion() != version) {
            outcome = Outcome.CONFLICT;
          }
          if (outcome == Outcome.DONE) {
            if (member != null) {
              session.member = member;
              bound.accept(member.node(), session.process);
            }
            change(next.toBuilder().setVersion(version + 1).build());
          }
          return outcome;
        },
        answer);
  }

  private Outcome heard(Session session) {
    if (session.expired) {
      return Outcome.EXPIRED;
    }
    session.lastHeard = world.now();
    return Outcome.DONE;
  }

  private interface AtServer {
    Outcome run();
  }

  private void call(SimProcess caller, int process, AtServer there, Consumer<Outcome> answer) {
    var answered = new boolean[1];
    int life = caller.life();
    caller.later(
        CALL_TIMEOUT,
        () -> {
          if (!answered[0]) {
            answered[0] = true;
            answer.accept(Outcome.LOST);
          }
        });
    if (unreachable(process)) {
      return;
    }
    world.after(
        delay(),
        () -> {
          var outcome = there.run();
          if (unreachable(process)) {
            return; // done, and the caller does not know
          }
          caller.later(
              life,
              delay(),
              () -> {
                if (!answered[0]) {
                  answered[0] = true;
                  answer.accept(outcome);
                }
              });
        });
  }

  private void change(CatalogState next) {
    before.addLast(current);
    if (before.size() > REMEMBERED) {
      before.removeFirst();
    }
    var live = new TreeMap<Integer, LiveNode>();
    int leader = 0;
    for (var session : sessions) {
      if (session.member != null) {
        live.put(session.member.node(), session.member);
        leader = leader == 0 ? session.member.node() : leader;
      }
    }
    var was = current.state();
    current = new View(next, live, leader);
    changed.accept(was, next);
    for (int process = 0; process < processes.length; process++) {
      int target = process;
      if (processes[process].isAlive()) {
        long late = world.chance(lateChance) ? world.between(0, 800 * World.MILLIS) : delay();
        processes[process].later(late, () -> watch.accept(target));
      }
    }
  }

  private void expire() {
    world.after(CHECK, this::expire);
    if (down) {
      return;
    }
    boolean gone = false;
    for (var sessions = this.sessions.iterator(); sessions.hasNext(); ) {
      var session = sessions.next();
      if (world.now() - session.lastHeard > SESSION_TIMEOUT) {
        session.expired = true;
        sessions.remove();
        gone |= session.member != null;
        if (world.tracing() && session.member != null) {
          var member = session.member;
          world.trace(() -> "zookeeper: session of node " + member.node() + " expired");
        }
      }
    }
    if (gone) {
      change(current.state());
    }
  }
}
