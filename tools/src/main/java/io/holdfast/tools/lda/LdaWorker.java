package io.holdfast.tools.lda;

import io.holdfast.client.Job;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * One worker of the topic model: pull the counts of a block's words, draw new topics for its
 * tokens, save the topics, push what changed (approximate distributed LDA: Newman et al., JMLR
 * 2009).
 *
 * <p><b>Counts stay exact.</b> Drawing is chance, so a step that is made again comes out otherwise.
 * A step is therefore saved before it is pushed. A worker that comes back makes the push of its
 * saved step again, under the seqs that it had, and the servers drop what they have (rule P14); a
 * step that was not saved has pushed nothing. Before it leaves, a worker saves that its last step
 * is pushed: after that its pushes have other seqs.
 */
final class LdaWorker {
  private final LdaSettings settings;
  private final Corpus corpus;
  private final Job job;
  private final int rank;
  private final Listener listener;
  private final TopicSampler sampler;
  private final TopicCounts counts;

  /** Told of what a worker has done; by that worker's thread. */
  interface Listener {
    /** The worker begins, after so many passes of before; 0: at the start. */
    void resumed(int rank, int passes, short[] topics);

    /**
     * A pass is done, and what it pushed is on its way.
     *
     * @param topics of the worker's tokens; changed by the next pass
     */
    void passDone(int rank, int passes, short[] topics);
  }

  /**
   * @param corpus this worker's documents
   */
  LdaWorker(LdaSettings settings, Corpus corpus, Job job, int rank, Listener listener) {
    this.settings = settings;
    this.corpus = corpus;
    this.job = job;
    this.rank = rank;
    this.listener = listener;
    this.sampler = settings.sampler(corpus.vocabularySize());
    this.counts = new TopicCounts(settings.topics(), corpus.vocabularySize());
  }

  /**
   * Samples to the end and leaves the group. Blocks; an interrupt ends it.
   *
   * @return the topics of its tokens, which the tables have counted
   */
  short[] run() throws InterruptedException {
    try (Worker worker = job.join(WorkerId.of(rank, settings.workers()), Resume.IF_SAVED)) {
      settings.life().check(worker);
      Table words =
          worker.table(LdaSettings.WORD_TOPICS, settings.wordTopics(corpus.vocabularySize()));
      Table totals = worker.table(LdaSettings.TOPIC_TOTALS, settings.topicTotals());
      Assignments assignments = begin(worker);
      push(words, totals, assignments);
      int last = settings.passes() * settings.blocks();
      while (assignments.step() < last) {
        step(words, totals, assignments);
        save(worker, assignments);
        push(words, totals, assignments);
        if (assignments.step() % settings.blocks() == 0) {
          listener.passDone(rank, assignments.step() / settings.blocks(), assignments.topics());
        }
      }
      await(worker.flush());
      assignments.pushed(firstToken(assignments.step()), endToken(assignments.step()));
      save(worker, assignments);
      await(worker.leave());
      return assignments.topics();
    }
  }

  private Assignments begin(Worker worker) throws InterruptedException {
    var saved = worker.savedState();
    if (saved.isPresent()) {
      var assignments =
          Assignments.decode(saved.get(), settings.shape(), corpus.tokens(), settings.topics());
      checkIsExact(worker, assignments);
      listener.resumed(rank, assignments.step() / settings.blocks(), assignments.topics());
      return assignments;
    }
    var first = Assignments.random(corpus.tokens(), settings.topics(), random(0));
    save(worker, first);
    listener.resumed(rank, 0, first.topics());
    return first;
  }

  private void save(Worker worker, Assignments assignments) throws InterruptedException {
    int clock = worker.clock() + 1;
    await(worker.tick(assignments.encode(settings.shape(), settings.topics(), clock)));
  }

  /** A rank that was away from its group has no way to tell whether its saved step is pushed. */
  private void checkIsExact(Worker worker, Assignments assignments) {
    boolean wasAway = worker.clock() != assignments.savedAt();
    if (wasAway && changes(assignments).words().length > 0) {
      throw new HoldfastException(
          ErrorCode.EXPELLED,
          "worker "
              + rank
              + " was given up with a step that may be pushed or not: the counts cannot be exact"
              + " any more; begin again under another --job, and let lost workers be waited for"
              + " (holdfast job set)");
    }
  }

  private void step(Table words, Table totals, Assignments assignments)
      throws InterruptedException {
    int from = firstDocument(assignments.step() + 1);
    int to = endDocument(assignments.step() + 1);
    int firstToken = corpus.starts()[from];
    int endToken = corpus.starts()[to];
    assignments.begin(firstToken, endToken);
    if (firstToken == endToken) {
      return;
    }
    long[] distinct =
        Arrays.stream(corpus.words(), firstToken, endToken)
            .sorted()
            .distinct()
            .asLongStream()
            .toArray();
    var pulledWords = words.pull(distinct);
    var pulledTotals = totals.pullAll();
    counts.load(distinct, await(pulledWords).longs(), await(pulledTotals).longs());
    var draws = TopicSampler.Draws.of(random(assignments.step()));
    for (int document = from; document < to; document++) {
      sampler.sample(
          corpus,
          assignments.topics(),
          corpus.starts()[document],
          corpus.starts()[document + 1],
          counts,
          draws);
    }
  }

  private void push(Table words, Table totals, Assignments assignments) {
    var changes = changes(assignments);
    if (changes.words().length > 0) {
      // What fails here, the next pull or the flush at the end tells.
      var unused = words.push(changes.words(), changes.rows());
      var unusedToo = totals.push(new long[] {0}, changes.totals());
    }
  }

  private CountChanges changes(Assignments assignments) {
    return CountChanges.of(
        corpus,
        assignments.topics(),
        assignments.before(),
        firstToken(assignments.step()),
        endToken(assignments.step()),
        settings.topics());
  }

  private int firstToken(int step) {
    return step == 0 ? 0 : corpus.starts()[firstDocument(step)];
  }

  private int endToken(int step) {
    return step == 0 ? corpus.tokens() : corpus.starts()[endDocument(step)];
  }

  private int firstDocument(int step) {
    return boundary((step - 1) % settings.blocks());
  }

  private int endDocument(int step) {
    return boundary((step - 1) % settings.blocks() + 1);
  }

  private int boundary(int block) {
    return Math.toIntExact((long) block * corpus.documents() / settings.blocks());
  }

  /** Another stream for each step and worker. */
  private SplittableRandom random(int step) {
    return new SplittableRandom(settings.seed() * 0x9E3779B97F4A7C15L + ((long) rank << 32) + step);
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
