package io.holdfast.tools.compare;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.display.StepBar;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A model whose snapshots are measured: first at rest, then while workers push to it. */
final class SnapshotMeasurement implements AutoCloseable {
  private static final String TABLE = "model";
  private static final int ROWS_OF_FILL = 2_000;
  private static final int IN_FLIGHT_OF_FILL = 8;

  /** One row in so many is changed between one snapshot and the next. */
  private static final int CHANGED = 100;

  private static final int CHANGES = 3;

  private final Holdfast cluster;
  private final String job;
  private final Load load;
  private final SnapshotCommands commands;
  private final StepBar bar;
  private final List<Worker> joined = new ArrayList<>();
  private final List<Table> tables = new ArrayList<>();
  private int steps;

  /**
   * How the model is pushed to.
   *
   * @param inFlight pushes of each worker that are not answered
   * @param batch rows of a push
   * @param rows of the model
   * @param width values of a row
   */
  record Load(int workers, int inFlight, int batch, int rows, int width) {}

  /** Makes the job; it is dropped at the end. */
  SnapshotMeasurement(
      Holdfast cluster,
      String job,
      TableSpec spec,
      Load load,
      SnapshotCommands commands,
      StepBar bar) {
    this.cluster = cluster;
    this.job = job;
    this.load = load;
    this.commands = commands;
    this.bar = bar;
    for (int rank = 0; rank < load.workers(); rank++) {
      var worker = cluster.job(job).join(WorkerId.of(rank, load.workers()), Resume.FRESH);
      joined.add(worker);
      tables.add(worker.table(TABLE, spec));
    }
  }

  private void step(String what) {
    bar.show(steps++, what);
  }

  /** Of each thing that is done with a snapshot. Blocks. */
  SnapshotTimes times() {
    step("fills the model");
    push(0, 1);
    step("takes the first snapshot");
    var first = commands.create("first", job);
    step("verifies it");
    var verified = commands.verify("first");
    var taken = new ArrayList<>(List.of("first"));
    var changes = new ArrayList<SnapshotChange>();
    for (int i = 0; i < CHANGES; i++) {
      step("takes further ones");
      taken.add("further-" + i);
      changes.add(change(taken.getLast(), i));
    }
    // Last, since the nodes have the copy's rows in their files for a while.
    step("restores the first");
    String copy = job + "-restored";
    var restored = commands.restore("first", copy);
    cluster.dropJob(copy);
    commands.delete(taken);
    return new SnapshotTimes(
        first.document().get("totalBytes").asLong(),
        first.seconds(),
        verified.seconds(),
        restored.seconds(),
        changes);
  }

  /** Several, since the store may merge files in between, all of which are new then. */
  private SnapshotChange change(String name, int from) {
    long rows = push(from, CHANGED);
    var done = commands.create(name, job);
    return new SnapshotChange(
        rows,
        done.seconds(),
        done.document().get("totalBytes").asLong(),
        done.document().get("dataAdded").asLong());
  }

  /** Pushes to one row in so many, from one of the first to the last; gives how many those were. */
  private long push(int from, int every) {
    var table = tables.getFirst();
    var inFlight = new ArrayDeque<CompletableFuture<?>>();
    long pushed = 0;
    for (long row = from; row < load.rows(); row += (long) ROWS_OF_FILL * every) {
      int count = (int) Math.min(ROWS_OF_FILL, (load.rows() - row + every - 1) / every);
      long[] keys = new long[count];
      for (int i = 0; i < count; i++) {
        keys[i] = row + (long) i * every;
      }
      float[] gradients = new float[count * load.width()];
      Arrays.fill(gradients, 1 + (int) (row % 7));
      inFlight.add(table.push(keys, gradients));
      pushed += count;
      while (inFlight.size() > IN_FLIGHT_OF_FILL) {
        inFlight.remove().join();
      }
    }
    inFlight.forEach(CompletableFuture::join);
    return pushed;
  }

  /**
   * Blocks while workers push, for a while before each of these.
   *
   * @param seconds before, meanwhile and after
   */
  List<SnapshotTrial> trials(int repeats, double seconds) throws InterruptedException {
    var trials = new ArrayList<SnapshotTrial>();
    try (var pushes =
        new SteadyPushes(tables, load.rows(), load.batch(), load.width(), load.inFlight())) {
      pushes.during(() -> pause(seconds)); // to warm up
      for (int i = 0; i < repeats; i++) {
        step("pushes without and with snapshots");
        trials.add(trial(pushes, "trial-" + i + "-", seconds));
      }
    }
    return trials;
  }

  private SnapshotTrial trial(SteadyPushes pushes, String name, double seconds)
      throws InterruptedException {
    var before = pushes.during(() -> pause(seconds)).pushes();
    var taken = new ArrayList<String>();
    var meanwhile =
        pushes.during(
            () -> {
              long bytes = 0;
              long end = System.nanoTime() + (long) (seconds * 1e9);
              do {
                taken.add(name + taken.size());
                var done = commands.createMeanwhile(taken.getLast(), job);
                bytes += done.document().get("dataAdded").asLong();
              } while (System.nanoTime() < end);
              return bytes;
            });
    var after = pushes.during(() -> pause(seconds)).pushes();
    commands.delete(taken);
    return new SnapshotTrial(before, meanwhile.pushes(), after, taken.size(), meanwhile.result());
  }

  private static boolean pause(double seconds) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
    return true;
  }

  @Override
  public void close() {
    joined.forEach(Worker::close);
    cluster.dropJob(job);
  }
}
