package io.holdfast.tools.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Options;
import io.holdfast.model.HoldfastException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a worker in a process of its own; started by {@link WorkerProcesses}, not by
 * hand.
 *
 * <p>The first line of standard input is an {@link Assignment} as JSON. Standard input stays open
 * as long as the parent lives: when it ends, so does this process. Standard output is a {@link
 * Line} of JSON after another.
 */
final class WorkerProcess {
  static final ObjectMapper JSON = new ObjectMapper();

  /** Exit status of a process that has lost its parent. */
  static final int PARENT_GONE = 3;

  private static final long REPORT_NANOS = Duration.ofMillis(100).toNanos();

  private WorkerProcess() {}

  /** What a worker process is to do. */
  record Assignment(LrSettings settings, String address, int rank) {}

  /**
   * What it says.
   *
   * @param examples done since the last line
   * @param lossSum of those
   * @param batches done so far, over all passes
   * @param waitedNanos in pulls, since the last line
   * @param passedNanos since the last line
   * @param resumed examples that are behind it as it begins; -1 on all lines but the first
   * @param done whether this is the last line of a worker that has finished
   * @param error why the worker gave up, if it did
   */
  record Line(
      int examples,
      double lossSum,
      long batches,
      long waitedNanos,
      long passedNanos,
      long resumed,
      boolean done,
      @Nullable String error) {
    private static final long NOT_SAID = -1;

    private static Line resumed(long examples) {
      return new Line(0, 0, 0, 0, 0, examples, false, null);
    }

    private static Line ended(@Nullable String error) {
      return new Line(0, 0, 0, 0, 0, NOT_SAID, error == null, error);
    }
  }

  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Assignment assignment = JSON.readValue(in.readLine(), Assignment.class);
    Thread.ofPlatform().daemon().name("parent-watch").start(() -> haltAtEnd(in));
    int status = 0;
    try {
      run(assignment, out);
      say(out, Line.ended(null));
    } catch (Throwable e) { // the parent is to know of every end but a sudden one
      String why = e instanceof HoldfastException ? e.getMessage() : e.toString();
      say(out, Line.ended(String.valueOf(why)));
      status = 1;
    }
    Runtime.getRuntime().halt(status);
  }

  private static void run(Assignment assignment, PrintStream out) throws InterruptedException {
    LrSettings settings = assignment.settings();
    int rank = assignment.rank();
    boolean queue = settings.sharing().hasQueue(); // any shard may come to any worker
    TrainingData own =
        queue ? TrainingData.load(settings, null) : TrainingData.loadStripe(settings, rank);
    // The parent has found the server there: one that is away now is awaited as long as a call is.
    Options options = Options.defaults();
    options = options.withConnectTimeout(options.callTimeout());
    try (Holdfast cluster = Holdfast.connect(assignment.address(), options)) {
      var progress = new Reporter(out);
      Job job = cluster.job(settings.job());
      BlockSettings blocks = settings.blocks();
      if (blocks != null) {
        var columns = BlockColumns.of(own.train(), 0, 1, settings.intercept());
        new BlockWorker(settings, blocks, columns, job, rank, progress).run();
      } else if (queue) {
        new QueueWorker(settings, own.train(), job, rank, progress).run();
      } else {
        Stripe stripe = Stripe.ofOwn(own.train(), settings, rank, own.totalExamples());
        new LrWorker(settings, stripe, job, rank, progress).run();
      }
      progress.report();
    }
  }

  private static void haltAtEnd(BufferedReader in) {
    try {
      while (in.readLine() != null) {
        // the parent has nothing more to say
      }
    } catch (IOException e) {
      // as good as the end of the input
    }
    Runtime.getRuntime().halt(PARENT_GONE);
  }

  private static void say(PrintStream out, Line line) {
    try {
      out.println(JSON.writeValueAsString(line));
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Adds batches up and says so a few times a second. Used by the worker's thread alone. */
  private static final class Reporter implements TrainingProgress {
    private final PrintStream out;
    private int examples;
    private double lossSum;
    private long done;
    private long waited;
    private long passed;
    private long reportedNanos = System.nanoTime();

    Reporter(PrintStream out) {
      this.out = out;
    }

    @Override
    public void resumed(int rank, long count) {
      say(out, Line.resumed(count));
    }

    @Override
    public void batchDone(int rank, long batches, int count, double loss) {
      examples += count;
      lossSum += loss;
      done = batches;
    }

    @Override
    public void time(int rank, long waitedNanos, long passedNanos) {
      waited += waitedNanos;
      passed += passedNanos;
      if (System.nanoTime() - reportedNanos > REPORT_NANOS) {
        report();
      }
    }

    void report() {
      say(out, new Line(examples, lossSum, done, waited, passed, Line.NOT_SAID, false, null));
      examples = 0;
      lossSum = 0;
      waited = 0;
      passed = 0;
      reportedNanos = System.nanoTime();
    }
  }
}
