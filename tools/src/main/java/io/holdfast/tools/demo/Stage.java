package io.holdfast.tools.demo;

import io.holdfast.model.HoldfastException;
import io.holdfast.tools.local.NodeProcess;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.train.WatchedTraining;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at everything now and then, on threads of its own; shows it, and keeps it for the report.
 * Any thread may call.
 */
final class Stage implements AutoCloseable {
  private static final long LINE_MILLIS = 1_000;
  private static final long BLOCK_MILLIS = 250;
  private static final long SIGHT_MILLIS = 250;
  private static final long MODEL_MILLIS = 1_000;

  private final Screen screen;
  private final long startNanos = System.nanoTime();
  // One for each of what is looked at: a cluster that is dead lets its own look wait.
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(3, Thread.ofPlatform().daemon().factory());
  private final List<Happened> happened = new ArrayList<>();
  private volatile String act = "";
  private volatile @Nullable ProcessCluster cluster;
  private volatile @Nullable ClusterSight sight;
  private volatile @Nullable Counting counting;
  private volatile ClusterSight.Seen seen = ClusterSight.Seen.NOTHING;
  private volatile @Nullable Scene scene;

  /**
   * Something to be marked in the report.
   *
   * @param seconds since the training of its scene began
   * @param done share of that training
   */
  record Happened(double seconds, double done, String what) {}

  /**
   * A look at the model.
   *
   * @param done share of the training, 0 to 1, before the look
   */
  record Model(double seconds, double done, double auc, double logLoss) {}

  /** A training from its beginning to its end. */
  static final class Scene {
    private final String job;
    private final WatchedTraining training;
    private final long beganNanos = System.nanoTime();
    private final List<Frame> frames = new ArrayList<>();
    private final List<Model> models = new ArrayList<>();
    private volatile double auc = Double.NaN;
    private WatchedTraining.Look before;
    private long beforeNanos = beganNanos;

    private Scene(String job, WatchedTraining training) {
      this.job = job;
      this.training = training;
      this.before = training.look();
    }

    private double seconds() {
      return (System.nanoTime() - beganNanos) / 1e9;
    }

    /** In order of time; seconds since the scene began. */
    synchronized List<Frame> frames() {
      return List.copyOf(frames);
    }

    synchronized List<Model> models() {
      return List.copyOf(models);
    }

    private synchronized void add(Model model) {
      auc = model.auc();
      models.add(model);
    }
  }

  Stage(Screen screen) {
    this.screen = screen;
    long every = screen.isTerminal() ? BLOCK_MILLIS : LINE_MILLIS;
    repeat(this::show, every);
    repeat(this::lookAtCluster, SIGHT_MILLIS);
    repeat(this::lookAtModel, MODEL_MILLIS);
  }

  private void repeat(Runnable task, long millis) {
    var unused = threads.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS);
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /** What goes on from now on. */
  void act(String what) {
    act = what;
    screen.say(seconds(), what);
  }

  /** Something is done to the training, to be marked in the report. */
  void strike(String what) {
    Scene now = scene;
    if (now != null) {
      synchronized (happened) {
        happened.add(new Happened(now.seconds(), now.training.look().done(), what));
      }
    }
    act(what);
  }

  /** The processes are there. */
  void enter(ProcessCluster processes) {
    cluster = processes;
    sight = new ClusterSight(processes);
  }

  void enter(Counting ledger) {
    counting = ledger;
  }

  /** A training begins. */
  Scene begin(String job, WatchedTraining training) {
    var begun = new Scene(job, training);
    scene = begun;
    return begun;
  }

  /** As looked at last. */
  ClusterSight.Seen seen() {
    return seen;
  }

  /** What was done to the training. */
  List<Happened> happened() {
    synchronized (happened) {
      return List.copyOf(happened);
    }
  }

  private void lookAtCluster() {
    var at = sight;
    Scene now = scene;
    if (at != null && now != null) {
      seen = at.look(now.job);
    }
  }

  private void lookAtModel() {
    Scene now = scene;
    if (now == null) {
      return;
    }
    double done = now.training.look().done();
    if (done > 0 && done < 1) {
      try {
        var measured = now.training.measure();
        now.add(new Model(now.seconds(), done, measured.auc(), measured.logLoss()));
      } catch (HoldfastException | java.util.concurrent.CompletionException e) {
        // Nobody serves now: the next look may find somebody.
      }
    }
  }

  private void show() {
    ProcessCluster processes = cluster;
    if (processes == null) {
      return;
    }
    Counting ledger = counting;
    List<Boolean> nodes = processes.nodes().stream().map(NodeProcess::isAlive).toList();
    boolean zooKeeper = processes.zooKeepers().stream().allMatch(one -> one.isAlive());
    // A chain is what the catalogue says: nobody is there to say so where all nodes are dead.
    List<String> chains = nodes.contains(true) ? seen.chains() : List.of();
    int counted = ledger == null ? 0 : ledger.pushes();
    Scene now = scene;
    if (now == null) {
      screen.show(
          new Frame(
              seconds(),
              act,
              nodes,
              zooKeeper,
              chains,
              List.of(),
              0,
              0,
              0,
              Double.NaN,
              Double.NaN,
              counted));
      return;
    }
    synchronized (now) {
      var look = now.training.look();
      long nanos = System.nanoTime();
      long examples = look.examples() - now.before.examples();
      double loss = examples == 0 ? Double.NaN : (look.lossSum() - now.before.lossSum()) / examples;
      double rate = examples / ((nanos - now.beforeNanos) / 1e9);
      var frame =
          new Frame(
              seconds(),
              act,
              nodes,
              zooKeeper,
              chains,
              look.clocks(),
              now.training.clocks(),
              look.done(),
              rate,
              loss,
              now.auc,
              counted);
      now.before = look;
      now.beforeNanos = nanos;
      now.frames.add(frame.at(now.seconds()));
      screen.show(frame);
    }
  }

  /** Nothing is shown any more. */
  @Override
  public void close() {
    cluster = null;
    threads.shutdownNow();
    screen.end();
    if (sight != null) {
      sight.close();
    }
  }
}
