package io.holdfast.tools.train;

import io.holdfast.client.Job;
import io.holdfast.client.PushReceipt;
import io.holdfast.client.Resume;
import io.holdfast.client.Rows;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.filter.Filters;
import io.holdfast.model.HoldfastException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * One worker of delayed block proximal gradient (Li et al., OSDI '14, algorithm 3). In each
 * iteration, which is a clock, it pushes gradient and curvature of its examples for one block of
 * features, ticks, and asks for the block's new weights; the table is sequential, so the servers
 * add up what all workers have pushed and make one proximal step of it.
 *
 * <p><b>Delay.</b> Iteration {@code t} begins when the weights of iteration {@code t - delay - 1}
 * are there, and those since then are on their way. A worker takes up exactly these, not what has
 * come early, so that a run without deaths is repeated bit for bit by the next one.
 *
 * <p><b>State.</b> An iteration depends on the weights and on its number, which is the clock. So
 * all that a worker saves, at the end of a pass and every so many clocks, is what its iterations
 * must be the same as. One that comes back pulls its weights and goes on at the clock saved; what
 * it has pushed since is dropped by the servers (rule P14), and what is missing is computed from
 * weights at least as new.
 */
final class BlockWorker {
  private static final Future<Rows> NOTHING = new CompletableFuture<>();

  private final LrSettings settings;
  private final BlockSettings blocks;
  private final BlockPart part;
  private final BlockOrder order;
  private final Job job;
  private final int rank;
  private final TrainingProgress progress;
  private final WorkTime time;
  private final ArrayDeque<Asked> asked = new ArrayDeque<>();
  private boolean lookingAtAll;

  /** A block's weights, on their way. */
  private record Asked(long[] keys, Future<Rows> rows) {}

  BlockWorker(
      LrSettings settings,
      BlockSettings blocks,
      BlockColumns columns,
      Job job,
      int rank,
      TrainingProgress progress) {
    this.settings = settings;
    this.blocks = blocks;
    this.part = new BlockPart(columns, blocks);
    this.order = new BlockOrder(blocks.blocks(), blocks.delay(), settings.seed());
    this.job = job;
    this.rank = rank;
    this.progress = progress;
    this.time = new WorkTime(settings.pace(), rank);
  }

  /**
   * Trains to the end, and stays in the group: if the run is gone on with, no step is to be made
   * without these examples. Blocks; an interrupt ends it.
   */
  void run() throws InterruptedException {
    try (Worker worker = job.join(WorkerId.of(rank, settings.workers()), Resume.IF_SAVED)) {
      settings.life().check(worker);
      Table weights = worker.table(settings.table(), settings.tableSpec(), filters());
      var shape = BlockShape.of(settings, blocks, part);
      if (worker.savedState().isPresent()) {
        shape.mustBe(worker.savedState().get());
      }
      long iteration = worker.clock();
      progress.resumed(rank, examplesBefore(iteration));
      var rule = new StopRule(settings, blocks, worker);
      ask(weights, part.keys());
      learn(0);
      descend(worker, weights, rule, shape.encode(), iteration);
      await(worker.flush());
    }
  }

  private Filters filters() {
    Filters asked = settings.traffic().parsed();
    if (!blocks.kkt()) {
      return asked;
    }
    return Filters.builder()
        .pushEncoding(asked.pushEncoding())
        .pullEncoding(asked.pullEncoding())
        .push(new RestFilter(key -> !lookingAtAll && part.rests(key)))
        .build();
  }

  private void descend(Worker worker, Table weights, StopRule rule, byte[] state, long first)
      throws InterruptedException {
    long end = (long) settings.passes() * blocks.blocks();
    CompletableFuture<PushReceipt> pushed = new CompletableFuture<>();
    CompletableFuture<Integer> ticked = CompletableFuture.completedFuture(0);
    double loss = 0;
    for (long iteration = first; iteration < end; iteration++) {
      long pass = iteration / blocks.blocks();
      boolean begins = iteration % blocks.blocks() == 0;
      learn(blocks.delay());
      if (begins && rule.ends(pass)) {
        break;
      }
      if (begins || iteration == first) {
        loss = part.lossSum();
      }
      lookingAtAll = blocks.looksAtAll(pass, settings.passes());
      int block = order.block(iteration);
      if (pushed.isCompletedExceptionally()) {
        await(pushed);
      }
      if (part.keys(block).length > 0) {
        pushed = weights.push(part.keys(block), part.gradient(block, lookingAtAll));
      }
      if (iteration % blocks.blocks() == blocks.delay()) { // all of the last pass is known
        rule.tell(pass, part.takeLargestChange());
      }
      boolean saves =
          (iteration + 1) % blocks.blocks() == 0
              || (iteration + 1) % settings.life().saveEvery() == 0;
      ticked = saves ? worker.tick(state) : worker.tick();
      ask(weights, lookingAtAll ? part.keys(block) : part.wakefulKeys(block));
      time.pause();
      report(iteration, loss);
    }
    learn(0);
    await(ticked);
  }

  private void ask(Table weights, long[] keys) {
    asked.addLast(new Asked(keys, keys.length == 0 ? NOTHING : weights.pull(keys)));
  }

  /** Waits until no more than so many blocks are on their way. */
  private void learn(int open) throws InterruptedException {
    while (asked.size() > open) {
      Asked next = asked.removeFirst();
      if (next.keys().length > 0) {
        time.waits();
        Rows rows = await(next.rows());
        time.works();
        part.learn(next.keys(), rows.floats());
      }
    }
  }

  private void report(long iteration, double loss) {
    long examples = examplesBefore(iteration + 1) - examplesBefore(iteration);
    progress.batchDone(
        rank, iteration + 1, (int) examples, loss * examples / Math.max(1, part.examples()));
    progress.time(rank, time.takeWaited(), time.takePassed());
  }

  /** An iteration counts as its share of a pass. */
  private long examplesBefore(long iteration) {
    return iteration * part.examples() / blocks.blocks();
  }

  private static <T> T await(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HoldfastException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
