package io.holdfast.it.sim;

import io.holdfast.client.cache.Fetch;
import io.holdfast.client.retry.LinkHost;
import io.holdfast.client.retry.Outcome;
import io.holdfast.client.retry.PullCall;
import io.holdfast.client.retry.PushCall;
import io.holdfast.client.retry.RangeCall;
import io.holdfast.client.retry.RangeLink;
import io.holdfast.client.retry.RangeSet;
import io.holdfast.client.retry.RetryPolicy;
import io.holdfast.client.retry.WorkerLinks;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KnownConsistency;
import io.holdfast.v1.CatalogState;
import io.holdfast.wire.InboundFrame;
import io.holdfast.wire.Reply;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A worker's process around the client library's own retry logic. */
final class SimWorker extends SimProcess {
  private static final long NANOS = 1_000;
  private static final long EXPIRE = 200 * World.MILLIS;
  private static final long ANSWER = 150 * World.MILLIS;
  private static final long PATIENT = 120 * World.SECONDS;
  private static final long IMPATIENT = 3 * World.SECONDS;
  private static final int TABLE = 3;
  private static final int WINDOW = 4;

  private static final RetryPolicy POLICY =
      new RetryPolicy(50_000_000, 400_000_000, 5_000_000, 100_000_000, 500_000_000, true);

  private final Simulation sim;
  private final int process;
  final int rank;
  private @Nullable WorkerLinks links;
  private final TreeMap<Long, Sent> sent = new TreeMap<>();

  /** What a call is, for as long as somebody waits for it. */
  private final IdentityHashMap<RangeCall, Meaning> meanings = new IdentityHashMap<>();

  private long numbers;
  private int pushesLeft;
  private @Nullable SimCache cache;
  private KnownConsistency known;
  private boolean pulledThisClock;
  private boolean joined;
  private int unfinished;

  /** A call on its way to a node. */
  private record Sent(RangeCall call, String address, Request request) {}

  /**
   * @param mustSee by a pull
   * @param known version of the table's consistency, when the call was made
   */
  private record Meaning(int op, long mustSee, int known) {}

  SimWorker(Simulation sim, int process, int rank, int pushes) {
    super(sim.world, "w" + rank + "." + process);
    this.sim = sim;
    this.process = process;
    this.rank = rank;
    this.pushesLeft = pushes;
    this.known = sim.consistency(CatalogState.getDefaultInstance());
  }

  /** Does nothing where it runs already. */
  void start() {
    if (isAlive()) {
      return;
    }
    started();
    links = null;
    cache = null;
    sent.clear();
    meanings.clear();
    joined = false;
    unfinished = 0;
    known = sim.consistency(CatalogState.getDefaultInstance());
    pulledThisClock = false;
    world.trace(() -> name + " starts");
    sim.network.started(process);
    later(world.between(1, 20) * World.MILLIS, this::open);
  }

  void kill() {
    world.trace(() -> name + " is killed");
    died();
    links = null;
    cache = null;
    sim.network.died(process, false);
  }

  /** Whether nothing that changes a range, or must be answered, is without an answer. */
  boolean isDone() {
    return !isAlive() || (joined && unfinished == 0);
  }

  String unanswered() {
    return name + (joined ? " has " + unfinished + " calls: " + sent : " has not joined");
  }

  // ---- beginning

  private void open() {
    ask(
        known -> {
          if (known == null) {
            later(world.between(5, 50) * World.MILLIS, this::open);
            return;
          }
          var routes = ClientWire.routes(known);
          var opened = new WorkerLinks(new Host(), POLICY, false, routes.getFirst());
          links = opened;
          opened.open(TABLE, routes.subList(1, routes.size()));
          if (sim.isSequential(1)) {
            opened.keepInStep();
          }
          submit(
              opened,
              opened.home().links().get(0),
              new RangeCall.Join(
                  new Waits("join", true, reply -> begin(opened, (Reply.Joined) reply)),
                  deadline(PATIENT),
                  0,
                  sim.groupOf(rank)),
              0);
          later(EXPIRE, this::expire);
          watch();
        });
  }

  private void begin(WorkerLinks opened, Reply.Joined reply) {
    opened.begin(reply, reply.clock(), null);
    cache = new SimCache(sim, rank);
    var left = new int[] {table(opened).links().size()};
    for (RangeLink link : table(opened).links()) {
      submit(
          opened,
          link,
          new RangeCall.Join(
              new Waits(
                  "join",
                  true,
                  answer -> {
                    joined = --left[0] == 0;
                    if (joined) {
                      later(world.between(1, 20) * World.MILLIS, this::step);
                    }
                  }),
              deadline(PATIENT),
              opened.incarnation(),
              Math.max(sim.groupOf(rank), reply.groupSize())),
          0);
    }
  }

  private static RangeSet table(WorkerLinks of) {
    return of.sets().getFirst();
  }

  private void expire() {
    later(EXPIRE, this::expire);
    if (links != null) {
      links.expire();
    }
  }

  private long deadline(long micros) {
    return (world.now() + micros) * NANOS;
  }

  // ---- what it does

  private void step() {
    later(world.between(2, sim.slowStep) * World.MILLIS, this::step);
    var open = links;
    if (!sim.isWorking() || open == null || unfinished >= WINDOW * sim.ranges()) {
      return;
    }
    var all = table(open).links();
    var link = all.get(world.index(all.size()));
    double dice = world.random.nextDouble();
    if (dice < 0.5) {
      if (pushesLeft > 0) {
        pushesLeft--;
        int op = sim.oracle.newOp();
        var push =
            new PushCall(
                new Waits("push", true, r -> {}), deadline(PATIENT), new ClientWire.OneRow(), 0, 1);
        cache().push(rangeOf(link), op, () -> submit(open, link, push, op));
      }
    } else if (dice < 0.85) {
      boolean latest = world.chance(0.4);
      int clock = open.clock();
      int range = rangeOf(link);
      var kept = cache();
      // What a cached pull would answer here; the call is made all the same.
      kept.lookUp(range, clock, known);
      Fetch fetch = latest ? null : kept.begin(range, clock);
      // The keys' range is the link's: a pull of another is not made here.
      submit(
          open,
          link,
          new PullCall(
                  new Waits(
                      "pull",
                      latest,
                      r -> {
                        pulledThisClock |= !latest && clock == open.clock();
                        if (fetch != null) {
                          kept.store(fetch, range, (Reply.Pulled) r);
                        }
                      }),
                  deadline(latest ? PATIENT : IMPATIENT),
                  new ClientWire.OneRow(),
                  0,
                  1,
                  latest)
              .by(known),
          0);
    } else if (pulledThisClock) {
      pulledThisClock = false;
      open.tick(() -> new Waits("tick", true, r -> {}), deadline(PATIENT));
    }
  }

  private void submit(WorkerLinks open, RangeLink link, RangeCall call, int op) {
    int range = rangeOf(link);
    meanings.put(call, new Meaning(op, sim.oracle.mustSee(range), known.version()));
    open.submit(link, call);
  }

  private int rangeOf(RangeLink link) {
    return sim.indexOfRange(link.route().range());
  }

  private SimCache cache() {
    return java.util.Objects.requireNonNull(cache);
  }

  /** Who waits for a call. */
  private final class Waits implements Outcome {
    private final String what;
    private final boolean needed;
    private final Consumer<Reply> done;

    Waits(String what, boolean needed, Consumer<Reply> done) {
      this.what = what;
      this.needed = needed;
      this.done = done;
      unfinished += needed ? 1 : 0;
    }

    @Override
    public void answered(RangeCall part, Reply reply, @Nullable InboundFrame frame) {
      meanings.remove(part);
      done.accept(reply);
    }

    @Override
    public void failed(HoldfastException error) {
      if (needed && !RangeLink.endsLife(error.code())) {
        throw world.violation(
            error.code() == ErrorCode.OUTCOME_UNKNOWN || error.code() == ErrorCode.DEADLINE_EXCEEDED
                ? Invariant.CONVERGES
                : Invariant.NO_ACKED_PUSH_LOST,
            name + ": " + what + " failed: " + error);
      }
    }

    @Override
    public void ended() {
      unfinished -= needed ? 1 : 0;
    }
  }

  // ---- what surrounds the links

  /** Times in the links' nanoseconds. */
  private final class Host implements LinkHost {
    @Override
    public long nanoTime() {
      return world.now() * NANOS;
    }

    @Override
    public void later(long delayNanos, Runnable task) {
      SimWorker.this.later(delayNanos / NANOS, task);
    }

    @Override
    public void send(String address, RangeCall call) {
      enqueue(address, call);
    }

    @Override
    public void withdraw(String address, RangeCall call) {
      sent.remove(call.number());
      call.number(0);
    }

    @Override
    public void fetch(RangeSet set) {
      askFor(set);
    }
  }

  private void enqueue(String address, RangeCall call) {
    long number = ++numbers;
    call.number(number);
    later(0, () -> leave(number, address, call));
    var meaning = meanings.get(call);
    if (meaning == null) {
      meanings.put(call, new Meaning(sim.oracle.newOp(), 0, 0)); // a tick, or a push of nothing
    }
  }

  private void leave(long number, String address, RangeCall call) {
    if (call.number() != number) {
      return; // withdrawn
    }
    var target = sim.node(address);
    var meaning = java.util.Objects.requireNonNull(meanings.get(call));
    var out = call.request(number, world.now() * NANOS);
    int range = sim.indexOfRange(out.header().range());
    var request = ClientWire.request(out, process, rank, range, meaning.op());
    sent.put(number, new Sent(call, address, request));
    if (!sim.network.isConnected(process, target.index)) {
      later(world.between(5, 50) * World.MILLIS, () -> unreachable(number, address));
      return;
    }
    world.trace(() -> name + " sends to " + address + " " + request);
    sim.network.send(process, target.index, () -> target.request(request));
  }

  private void unreachable(long number, String address) {
    if (sent.containsKey(number)) {
      broken(address);
    }
  }

  /** An answer from a node. */
  void answered(Request request, Answer answer) {
    var of = sent.remove(request.call());
    var open = links;
    if (of == null || open == null) {
      return;
    }
    var call = of.call();
    call.number(0);
    if (answer.error() != null) {
      open.refused(call, new HoldfastException(answer.error(), "of " + request));
      if (RangeLink.endsLife(answer.error())) {
        kill(); // another process is that worker now, or it was given up
      }
      return;
    }
    if (request.kind() == Request.Kind.PULL) {
      var meaning = meanings.get(call);
      sim.oracle.pulled(
          request,
          answer,
          meaning == null ? 0 : meaning.mustSee(),
          meaning == null ? 0 : meaning.known());
    }
    var reply = ClientWire.reply(request, answer);
    open.answered(call, reply);
    call.complete(reply, null);
  }

  private void broken(String address) {
    var gone = new ArrayList<Long>();
    sent.forEach(
        (number, of) -> {
          if (of.address().equals(address)) {
            of.call().number(0);
            gone.add(number);
          }
        });
    gone.forEach(sent::remove);
    if (links != null) {
      links.broken(address);
    }
  }

  // ---- the map

  /** As the client library does when the map has changed. */
  private void watch() {
    later(world.between(100, 1000) * World.MILLIS, this::watch);
    ask(heard -> {});
  }

  private void askFor(RangeSet set) {
    ask(
        known -> {
          if (known == null) {
            set.notFetched();
          } else {
            var all = ClientWire.routes(known);
            boolean home = links != null && set.equals(links.home());
            set.fetched(home ? all.subList(0, 1) : all.subList(1, all.size()));
          }
        });
  }

  /** Asks some node what it knows; null where none has answered in time. */
  private void ask(Consumer<@Nullable CatalogState> answer) {
    var answered = new boolean[1];
    var node = sim.node(world.index(sim.nodes()));
    int life = life();
    sim.network.send(
        process,
        node.index,
        () -> {
          var heard = node.known();
          sim.network.send(
              node.index,
              process,
              () -> {
                if (life == life() && !answered[0]) {
                  answered[0] = true;
                  hear(sim.consistency(heard));
                  answer.accept(heard.getJobsCount() == 0 ? null : heard);
                }
              });
        });
    later(
        ANSWER,
        () -> {
          if (!answered[0]) {
            answered[0] = true;
            answer.accept(null);
          }
        });
  }

  private void hear(KnownConsistency heard) {
    if (heard.version() > known.version()) {
      known = heard;
    }
  }

  // ---- connections

  @Override
  void connected(int peer) {}

  @Override
  void disconnected(int peer) {
    broken(sim.node(peer).name);
  }

  @Override
  void refused(int peer, Object before) {}

  @Override
  void ready(int peer) {}
}
